"""The special information app: tax residence, qualified investors, agency payment."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mdm.subjects import Facet, Lookup, Subject, registry
from special_info.rules.rights import AGENCY, INVESTOR, TAX

if TYPE_CHECKING:
    from mdm.history.models import SubjectModel


class SpecialInfoConfig(AppConfig):
    """Tax residence and investors belong to subject 8, agency payment to subject 6."""

    name = "special_info"
    verbose_name = _("Special information")

    def ready(self) -> None:
        from customers.selectors.saved_views import register_list
        from customers.selectors.search import register_reader
        from mdm.jobs import register as register_job
        from mdm.quality.rules import book
        from special_info import rules
        from special_info.jobs import CLOCK
        from special_info.reading import read_tin, tin_texts
        from special_info.selectors.obligations import obligations
        from special_info.services.approving import register_operations

        rules.register(book)
        register_operations()
        register_job(CLOCK)
        lists = frozenset({"kind", "list", "why", "party_type", "org"})
        register_list("special", lists, "customer.view")
        registry.register(Subject(6, "agreement", _("Agreements"), tuple(agency())))
        registry.register(Subject(8, "rating", _("Ratings and restrictions"), (*tax(), *investor())))
        registry.obligations.append(obligations)
        registry.register_lookup(Lookup("TIN", 12, tin_texts))
        register_reader(read_tin)


def _rows(model: "type[SubjectModel]", name: str, kind: str, right: str, **more: object) -> Facet:
    return Facet(model, name, kind, multiple=True, permission=right, **more)  # type: ignore[arg-type]


def tax() -> Iterator[Facet]:
    """Declarations of tax residence."""
    from special_info import models
    from special_info.services.guarding import guard_certification, guard_part

    yield _rows(
        models.TaxCertification, "tax_certification", "certification_no", TAX, guard=guard_certification
    )
    yield _rows(models.TaxResidence, "tax_residence", "country", TAX, guard=guard_part)
    yield _rows(models.ControllingPerson, "controlling_person", "person_no", TAX, guard=guard_part)


def investor() -> Iterator[Facet]:
    """Assessments of investors."""
    from special_info import models
    from special_info.services.guarding import guard_assessment

    yield _rows(
        models.InvestorAssessment, "investor_assessment", "assessment_no", INVESTOR, guard=guard_assessment
    )


def agency() -> Iterator[Facet]:
    """Agreements on agency payment, who hands in batches, and the batches."""
    from special_info import models
    from special_info.rules.states import pays
    from special_info.services.guarding import guard_agreement, guard_batch

    agreement = ("agency_agreement", "agreement_no", AGENCY)
    yield _rows(models.AgencyAgreement, *agreement, guard=guard_agreement, live=pays)
    yield _rows(models.AgencyHandler, "agency_handler", "handler_no", AGENCY)
    yield _rows(models.AgencyBatch, "agency_batch", "batch_no", AGENCY, guard=guard_batch, told=False)
