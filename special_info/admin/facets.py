"""Lists and forms of what special information is made of."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.admin.facets import FacetAdmin
from customers.selectors.rows import RowView, get_row
from mdm.backoffice.access import actor_of
from security.access.actor import Actor
from special_info.models import (
    AgencyAgreement,
    AgencyBatch,
    AgencyHandler,
    ControllingPerson,
    InvestorAssessment,
    TaxCertification,
    TaxResidence,
)


class RecordAdmin(FacetAdmin):
    """The admin of records that are handed in: a draft is a form, everything else is its page. `page` names it."""

    page: ClassVar[str]
    state: ClassVar[str]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """The form of a draft; the page of what was handed in, and of an entry that has ended."""
        view = get_row(actor_of(request), self.facet_name, self.row_id(object_id), at=timezone.now())
        if request.method != "POST" and getattr(view.row, self.state) != "DRAFT":
            return HttpResponseRedirect(reverse(f"admin:{self.page}", args=[view.row.pk]))
        return super().change_view(request, object_id, form_url, extra_context)

    def _row_context(self, actor: Actor, view: RowView) -> dict[str, Any]:
        """The steps of a record have a page of their own."""
        steps = {"url": reverse(f"admin:{self.page}", args=[view.row.pk]), "label": _("Hand in …")}
        return {**super()._row_context(actor, view), "more": steps}


@admin.register(TaxCertification)
class TaxCertificationAdmin(RecordAdmin):
    """Self-certifications of tax residence."""

    facet_name, page, state = "tax_certification", "tax_declaration", "tax_state"
    listed = ("certification_no", "residency_status", "tax_state", "signed_on", "change_notice_due")
    told = ("certification_no", "residency_status", "entity_class", "tax_state", "signed_on")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """For a customer at hand the whole declaration on one page."""
        number = request.GET.get("customer", "")
        if request.method == "GET" and number.isalnum() and len(number) == 12:
            return HttpResponseRedirect(reverse("admin:tax_new", args=[number]))
        return super().add_view(request, form_url, extra_context)


@admin.register(TaxResidence)
class TaxResidenceAdmin(FacetAdmin):
    """Jurisdictions with their numbers."""

    facet_name = "tax_residence"
    listed = ("country", "tin", "no_tin_reason", "certification_no")
    told = ("country", "tin", "no_tin_reason", "person_no", "certification_no")


@admin.register(ControllingPerson)
class ControllingPersonAdmin(FacetAdmin):
    """Who controls passive entities."""

    facet_name = "controlling_person"
    listed = ("full_name", "control_type", "residency_status", "certification_no")
    told = ("full_name", "control_type", "residency_status", "ownership_pct", "certification_no")


@admin.register(InvestorAssessment)
class InvestorAssessmentAdmin(RecordAdmin):
    """Assessments of investors."""

    facet_name, page, state = "investor_assessment", "investor_assessment", "investor_state"
    listed = ("assessment_no", "regime", "investor_state", "branch_met", "qualified_until")
    told = ("assessment_no", "regime", "investor_state", "branch_met", "qualified_until")


@admin.register(AgencyAgreement)
class AgencyAgreementAdmin(RecordAdmin):
    """Agreements of employers."""

    facet_name, page, state = "agency_agreement", "agency_agreement", "agency_state"
    listed = ("agreement_no", "purpose", "agency_state", "begins_on", "ends_on")
    told = ("agreement_no", "purpose", "agency_state", "settlement_account", "ends_on")


@admin.register(AgencyHandler)
class AgencyHandlerAdmin(FacetAdmin):
    """Who hands in batches."""

    facet_name = "agency_handler"
    listed = ("full_name", "document_expiry", "agreement_no")
    told = ("handler_no", "full_name", "document_number", "document_expiry", "agreement_no")


@admin.register(AgencyBatch)
class AgencyBatchAdmin(RecordAdmin):
    """Batches of payments."""

    facet_name, page, state = "agency_batch", "agency_batch", "batch_state"
    listed = ("batch_no", "pay_on", "line_count", "total", "batch_state")
    told = ("batch_no", "pay_on", "line_count", "total", "batch_state")
    empty_next = _("Batches come as files, on the page of an agreement.")
