"""The special_info app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SpecialInfoConfig(AppConfig):
    """Registers what the kernel walks."""

    name = "special_info"
    verbose_name = _("SpecialInfo")
