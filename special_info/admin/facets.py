"""Lists and forms of what special information is made of."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from customers.admin.facets import FacetAdmin
from special_info.models import (
    AgencyAgreement,
    AgencyBatch,
    AgencyHandler,
    ControllingPerson,
    InvestorAssessment,
    TaxCertification,
    TaxResidence,
)
from special_info.rules.rights import AGENCY, INVESTOR, TAX


@admin.register(TaxCertification)
class TaxCertificationAdmin(FacetAdmin):
    """Self-certifications of tax residence."""

    facet_name = "tax_certification"
    add_right = change_right = TAX
    listed = ("certification_no", "residency_status", "tax_state", "signed_on", "change_notice_due")
    told = ("certification_no", "residency_status", "entity_class", "tax_state", "signed_on")


@admin.register(TaxResidence)
class TaxResidenceAdmin(FacetAdmin):
    """Jurisdictions with their numbers."""

    facet_name = "tax_residence"
    add_right = change_right = TAX
    listed = ("country", "tin", "no_tin_reason", "certification_no")
    told = ("country", "tin", "no_tin_reason", "person_no", "certification_no")


@admin.register(ControllingPerson)
class ControllingPersonAdmin(FacetAdmin):
    """Who controls passive entities."""

    facet_name = "controlling_person"
    add_right = change_right = TAX
    listed = ("full_name", "control_type", "residency_status", "certification_no")
    told = ("full_name", "control_type", "residency_status", "ownership_pct", "certification_no")


@admin.register(InvestorAssessment)
class InvestorAssessmentAdmin(FacetAdmin):
    """Assessments of investors."""

    facet_name = "investor_assessment"
    add_right = change_right = INVESTOR
    listed = ("assessment_no", "regime", "investor_state", "branch_met", "qualified_until")
    told = ("assessment_no", "regime", "investor_state", "branch_met", "qualified_until")


@admin.register(AgencyAgreement)
class AgencyAgreementAdmin(FacetAdmin):
    """Agreements of employers."""

    facet_name = "agency_agreement"
    add_right = change_right = AGENCY
    listed = ("agreement_no", "purpose", "agency_state", "begins_on", "ends_on")
    told = ("agreement_no", "purpose", "agency_state", "settlement_account", "ends_on")


@admin.register(AgencyHandler)
class AgencyHandlerAdmin(FacetAdmin):
    """Who hands in batches."""

    facet_name = "agency_handler"
    add_right = change_right = AGENCY
    listed = ("full_name", "document_expiry", "agreement_no")
    told = ("handler_no", "full_name", "document_number", "document_expiry", "agreement_no")


@admin.register(AgencyBatch)
class AgencyBatchAdmin(FacetAdmin):
    """Batches of payments."""

    facet_name = "agency_batch"
    add_right = change_right = AGENCY
    listed = ("batch_no", "pay_on", "line_count", "total", "batch_state")
    told = ("batch_no", "pay_on", "line_count", "total", "batch_state")
    empty_next = _("Batches come as files, on the page of an agreement.")
