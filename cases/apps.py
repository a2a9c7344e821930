from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cases import hooks, operators  # noqa: F401 - registers operators
        from workflows.hooks import register

        register("matter", hooks.MatterHooks())
        register("intake", hooks.IntakeHooks())
