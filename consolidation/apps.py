"""The consolidation app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsolidationConfig(AppConfig):
    """Registers what the kernel walks."""

    name = "consolidation"
    verbose_name = _("Consolidation")
