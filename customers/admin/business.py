"""Agreements, finances, ratings, restrictions, consents and events: lists and forms."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from customers.admin.facets import FacetAdmin
from customers.models import (
    Agreement,
    ChannelPreference,
    Consent,
    CustomerEvent,
    ExpectedActivity,
    FinancialStatement,
    Income,
    Rating,
    Restriction,
)
from mdm.backoffice import menu


@admin.register(Agreement)
class AgreementAdmin(FacetAdmin):
    """References to accounts, cards, loans and contracts."""

    facet_name = "agreement"
    listed = ("agreement_no", "kind", "agreement_status", "opened_on")
    told = ("kind", "agreement_no", "account_no", "agreement_status", "opened_on")


@admin.register(Income)
class IncomeAdmin(FacetAdmin):
    """Income and assets of persons."""

    facet_name = "income"
    listed = ("as_of", "kind", "annual_income", "currency")
    told = ("as_of", "kind", "annual_income", "financial_assets")


@admin.register(FinancialStatement)
class FinancialStatementAdmin(FacetAdmin):
    """Statements of organisations."""

    facet_name = "financial_statement"
    listed = ("period_end", "kind", "revenue", "net_profit", "currency")
    told = ("period_end", "kind", "total_assets", "revenue", "net_profit", "currency")


@admin.register(ExpectedActivity)
class ExpectedActivityAdmin(FacetAdmin):
    """What business customers expect to do."""

    facet_name = "expected_activity"
    listed = ("as_of", "kind", "yearly_amount", "yearly_count", "currency")
    told = ("as_of", "kind", "yearly_amount", "yearly_count", "countries", "products")


@admin.register(Rating)
class RatingAdmin(FacetAdmin):
    """Assessments and list hits."""

    facet_name = "rating"
    listed = ("grade", "kind", "assessed_on", "next_review_on")
    told = ("kind", "grade", "assessed_on", "next_review_on")


@admin.register(Restriction)
class RestrictionAdmin(FacetAdmin):
    """What customers may not do."""

    facet_name = "restriction"
    listed = ("kind", "extent", "begun_on", "lifted_on")
    told = ("kind", "extent", "begun_on", "lifted_on")


@admin.register(ChannelPreference)
class ChannelPreferenceAdmin(FacetAdmin):
    """How customers want to be reached."""

    facet_name = "channel_preference"
    listed = ("kind", "channel", "allowed")
    told = ("kind", "channel", "allowed", "hours")


@admin.register(Consent)
class ConsentAdmin(FacetAdmin):
    """What customers agreed to."""

    facet_name = "consent"
    listed = ("kind", "decision", "decided_on")
    told = ("kind", "decision", "decided_on", "withdrawn_on")


@admin.register(CustomerEvent)
class CustomerEventAdmin(FacetAdmin):
    """What happened between customers and the bank."""

    facet_name = "customer_event"
    listed = ("kind", "happened_on", "channel")
    told = ("kind", "happened_on", "channel", "reference")


_ENTRIES = (
    (_("Consents"), "consent", "ok"),
    (_("Agreements"), "agreement", "document"),
    (_("Income and assets"), "income", "list"),
    (_("Financial statements"), "financialstatement", "list"),
    (_("Ratings"), "rating", "info"),
    (_("Restrictions"), "restriction", "warn"),
    (_("Events"), "customerevent", "clock"),
)
menu.add(
    *(
        menu.Item(
            "customers", label, f"admin:customers_{name}_changelist", icon, "customer.view", order=60 + n
        )
        for n, (label, name, icon) in enumerate(_ENTRIES)
    )
)
