"""The kernel app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MdmConfig(AppConfig):
    """Data management core."""

    name = "mdm"
    verbose_name = _("Data management")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from mdm import (
            checks,  # noqa: F401 (registers the start-up checks)
            probes,
        )
        from mdm.bulk import attributes
        from mdm.bulk.reindexing import register_own_holders
        from mdm.dictionary import defining
        from mdm.quality.attributes import expected
        from mdm.rest import audit_figures, models
        from mdm.subjects import registry

        registry.register_lookup(attributes.LOOKUP)
        register_own_holders()
        models.register_own_holding()
        probes.enter()
        audit_figures.enter()
        defining.register_operations()
        registry.expectations.append(expected)
