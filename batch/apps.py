"""The batch app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BatchConfig(AppConfig):
    """Registers what the kernel walks."""

    name = "batch"
    verbose_name = _("Batch")

    def ready(self) -> None:
        from batch.jobs import APPROVALS, LOAD_DOCUMENTS, LOAD_FILE
        from batch.layouts.attributes import told_layouts
        from batch.services.delivering import register_operations
        from batch.services.forgetting import forget
        from mdm import erasure
        from mdm.dictionary import layouts
        from mdm.jobs import register

        layouts.register(told_layouts)
        register_operations()
        erasure.register(forget)
        register(LOAD_FILE)
        register(LOAD_DOCUMENTS)
        register(APPROVALS)
