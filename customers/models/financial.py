"""Subject 7: what the customer earns, owns and owes."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.base import CustomerFacet, optional
from security.crypto.fields import SealedField


def _amount(label: Any) -> SealedField:
    """An amount of a person: sealed, a plain decimal number of at most two decimals."""
    return SealedField(label, kind="amount", max_length=21, null=True, blank=True)


def _figure(label: Any) -> "models.DecimalField[Decimal | None, Decimal | None]":
    """A figure of an organisation's statement, in the statement's currency."""
    return models.DecimalField(label, max_digits=20, decimal_places=2, null=True, blank=True)


class Income(CustomerFacet):
    """What a person told or proved of income and assets on one day."""

    CODES = {
        "kind": "amount_basis",
        "currency": "currency",
        "housing": "housing",
        "vehicle": "vehicle",
        "source_of_funds": "source_of_funds",
        "source_of_wealth": "source_of_funds",
    }

    kind = models.CharField(_("how known"), max_length=10, default="DECLARED")
    as_of = models.DateField(_("as of"))
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    annual_income = _amount(_("annual income"))
    household_income = _amount(_("annual income of the household"))
    financial_assets = _amount(_("financial assets of the household"))
    net_assets = _amount(_("net financial assets of the household"))
    liabilities = _amount(_("liabilities"))
    housing = optional(_("housing"), 10)
    vehicle = optional(_("vehicle"), 10)
    source_of_funds = models.CharField(_("source of funds"), max_length=10, blank=True)
    source_of_wealth = optional(_("source of wealth"), 10)
    evidence = optional(_("evidence"), 120)

    class Meta:
        verbose_name = _("income and assets")
        verbose_name_plural = _("income and assets")


class FinancialStatement(CustomerFacet):
    """The heads of one statement of an organisation."""

    CODES = {
        "kind": "statement_period",
        "basis": "amount_basis",
        "currency": "currency",
        "unit": "amount_unit",
    }

    kind = models.CharField(_("period"), max_length=10, default="YEAR")
    period_end = models.DateField(_("end of the period"))
    consolidated = models.BooleanField(_("consolidated"), default=False)
    audited = models.BooleanField(_("audited"), default=False)
    auditor = models.CharField(_("auditor"), max_length=120, blank=True)
    basis = models.CharField(_("how known"), max_length=10, default="DECLARED")
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    unit = optional(_("unit of the figures"), 12)
    total_assets = _figure(_("total assets"))
    total_liabilities = _figure(_("total liabilities"))
    net_assets = _figure(_("net assets"))
    revenue = _figure(_("revenue"))
    net_profit = _figure(_("net profit"))
    operating_cash_flow = _figure(_("cash flow from operations"))
    turnover = _figure(_("turnover of the accounts"))
    borrowings_elsewhere = _figure(_("borrowings from other banks"))
    evidence = optional(_("evidence"), 120)

    class Meta:
        verbose_name = _("financial statement")
        verbose_name_plural = _("financial statements")


class ExpectedActivity(CustomerFacet):
    """What business a customer says it will do with the bank in a year: what is unusual is measured against it."""

    CODES = {"kind": "amount_basis", "currency": "currency"}

    kind = models.CharField(_("how known"), max_length=10, default="DECLARED")
    as_of = models.DateField(_("as of"))
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    yearly_amount = _amount(_("expected amount a year"))
    yearly_count = models.PositiveIntegerField(_("expected transactions a year"), null=True, blank=True)
    countries = models.CharField(_("countries of the other side"), max_length=120, blank=True)
    products = models.CharField(_("products to be used"), max_length=200, blank=True)
    evidence = optional(_("evidence"), 120)

    class Meta:
        verbose_name = _("expected activity")
        verbose_name_plural = _("expected activities")
