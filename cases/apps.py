from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cases import hooks, operators  # noqa: F401, PLC0415 - registers operators
        from workflows.hooks import register  # noqa: PLC0415

        register("matter", hooks.MatterHooks())
        register("intake", hooks.IntakeHooks())
