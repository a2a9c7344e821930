from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cases import hooks, operators  # noqa: F401 - registers operators
        from cases.querysets import households_of_cases
        from households.visibility import register_ground
        from workflows.hooks import register

        register("matter", hooks.MatterHooks())
        register("intake", hooks.IntakeHooks())
        register_ground(households_of_cases)
