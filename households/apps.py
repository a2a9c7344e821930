from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HouseholdsConfig(AppConfig):
    name = "households"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("困难家庭")
