"""The consolidation app: provides the duplicate finder, signatures and the panorama's cases."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mdm.subjects import registry


class ConsolidationConfig(AppConfig):
    """Matching and merging."""

    name = "consolidation"
    verbose_name = _("Consolidation")

    def ready(self) -> None:
        from consolidation.duplicates import SignatureFinder
        from consolidation.jobs import CONSOLIDATE
        from consolidation.records import DERIVATION
        from consolidation.selectors.cases import is_case_of, panel
        from consolidation.services.requesting import register_operations
        from consolidation.services.resigning import register_signature_holder
        from customers.ports import provide, provide_linkable
        from mdm.jobs import register

        registry.register_derivation(DERIVATION)
        registry.panels.append(panel)
        provide(SignatureFinder())
        provide_linkable("case", is_case_of)
        register(CONSOLIDATE)
        register_operations()
        register_signature_holder()
