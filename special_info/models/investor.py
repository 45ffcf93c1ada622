"""Subject 8: whether a customer is a qualified investor, under which regime, and what shows it (domain 1.9)."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import CustomerFacet
from security.crypto.fields import SealedField


def _amount(label: Any) -> SealedField:
    """An amount in the assessment's currency: sealed, a plain decimal number of at most two decimals."""
    return SealedField(label, kind="amount", max_length=21, null=True, blank=True)


def _evidence(label: Any) -> "models.CharField[str, str]":
    """The document that shows it."""
    return models.CharField(label, max_length=120, blank=True)


class InvestorAssessment(CustomerFacet):
    """One assessment under one version of one regime; the product evaluates, a person confirms."""

    CODES = {
        "regime": "investor_regime",
        "currency": "currency",
        "deemed": "investor_deemed",
        "investor_state": "investor_state",
        "branch_met": "investor_branch",
    }
    OPERATED = frozenset(
        {
            "investor_state",
            "regime_version",
            "branch_met",
            "evidence_used",
            "qualified_from",
            "qualified_until",
        }
    )

    assessment_no = models.CharField(_("number of the assessment"), max_length=40)
    regime = models.CharField(_("regime"), max_length=8)
    regime_version = models.CharField(_("version of the regime"), max_length=12, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    as_of = models.DateField(_("figures as of"), null=True, blank=True)
    financial_assets = _amount(_("financial assets"))
    net_financial_assets = _amount(_("net financial assets of the household"))
    assets_evidence = _evidence(_("evidence of the assets"))
    average_income = _amount(_("average income of three years"))
    income_evidence = _evidence(_("evidence of the income"))
    net_assets = _amount(_("net assets at the end of last year"))
    experience_years = models.PositiveSmallIntegerField(_("years of investing"), null=True, blank=True)
    work_years = models.PositiveSmallIntegerField(_("years of relevant work"), null=True, blank=True)
    senior = models.BooleanField(_("senior manager or qualified professional"), default=False)
    experience_evidence = _evidence(_("evidence of the experience"))
    deemed = models.CharField(_("deemed qualified as"), max_length=8, blank=True)
    evidence_valid_to = models.DateField(_("evidence valid until"), null=True, blank=True)
    undertaking_signed = models.BooleanField(_("undertaking signed"), default=False)
    risk_identified = models.BooleanField(_("able to identify and bear the risk"), default=False)
    own_money = models.BooleanField(_("invests money that is not borrowed"), default=False)
    investor_state = models.CharField(_("state of the assessment"), max_length=10, default="DRAFT")
    branch_met = models.CharField(_("branch that is met"), max_length=16, blank=True)
    evidence_used = models.CharField(_("evidence used"), max_length=400, blank=True)
    qualified_from = models.DateField(_("qualified from"), null=True, blank=True)
    qualified_until = models.DateField(_("qualified until"), null=True, blank=True)

    class Meta:
        verbose_name = _("investor assessment")
        verbose_name_plural = _("investor assessments")
