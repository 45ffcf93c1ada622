"""The batch app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BatchConfig(AppConfig):
    """Registers what the kernel walks."""

    name = "batch"
    verbose_name = _("Batch")

    def ready(self) -> None:
        from batch.jobs import APPROVALS, LOAD_FILE
        from mdm.jobs import register

        register(LOAD_FILE)
        register(APPROVALS)
