"""Subject 8: where a customer, and who controls it, pays taxes, as declared (domain 1.8).

One declaration is a head, its controlling persons and the residences of all of them, tied together by the
number of the declaration: so a file, a form and an endpoint tell it in the same way. What CRS asks for has
no default anywhere: nobody is said to have declared what they did not.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import CustomerFacet
from security.crypto.fields import SealedField


def _sealed(label: Any, kind: str, length: int) -> SealedField:
    return SealedField(label, kind=kind, domain="tax", max_length=length, null=True, blank=True)


def _code(label: Any, length: int = 12) -> "models.CharField[str, str]":
    return models.CharField(label, max_length=length, blank=True)


class TaxCertification(CustomerFacet):
    """One self-certification of tax residence, from draft to the one that takes its place."""

    CODES = {
        "form_version": "tax_form",
        "residency_status": "tax_status",
        "entity_class": "entity_class",
        "lives_in": "country",
        "born_in": "country",
        "signed_as": "signing_capacity",
        "self_cert": "crs_self_cert",
        "due_diligence": "crs_procedure",
        "account_type": "crs_account_type",
        "holder_type": "crs_holder_type",
        "equity_interest": "crs_equity_interest",
        "tax_state": "tax_state",
        "reasonableness": "reasonableness",
    }
    MASKS = {"birth_date": "birth_date"}
    OPERATED = frozenset(
        {
            "tax_state",
            "reasonableness",
            "indicia",
            "decided_on",
            "changed_on",
            "change_notice_due",
            "superseded_by",
        }
    )

    certification_no = models.CharField(_("number of the declaration"), max_length=40)
    form_version = _code(_("version of the form"))
    residency_status = _code(_("tax residence"))
    entity_class = _code(_("class of entity"))
    exempt = models.BooleanField(_("exempt (military, armed police)"), default=False)
    surname = _sealed(_("surname in Latin letters"), "person_name", 100)
    given_name = _sealed(_("given name in Latin letters"), "person_name", 100)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    born_in = _code(_("country of birth"), 3)
    birth_place = _sealed(_("place of birth"), "free_text", 120)
    birth_place_english = _sealed(_("place of birth in English"), "free_text", 120)
    lives_in = _code(_("country of the address"), 3)
    address = _sealed(_("current address"), "address_detail", 300)
    address_english = _sealed(_("current address in English"), "address_detail", 300)
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    signed_as = _code(_("signed as"))
    agent_name = _sealed(_("name of the agent"), "person_name", 150)
    evidence = models.CharField(_("evidence"), max_length=120, blank=True)
    explanation = _sealed(_("explanation of what conflicts"), "free_text", 500)
    self_cert = _code(_("self-certification (CRS)"))
    due_diligence = _code(_("due-diligence procedure (CRS)"))
    account_type = _code(_("type of account (CRS)"))
    holder_type = _code(_("type of account holder (CRS)"))
    equity_interest = _code(_("equity interest (CRS)"))
    joint_holders = models.PositiveSmallIntegerField(_("holders of the account"), null=True, blank=True)
    tax_state = models.CharField(_("state of the declaration"), max_length=12, default="DRAFT")
    reasonableness = _code(_("reasonableness"))
    indicia = models.CharField(_("what conflicts"), max_length=200, blank=True)
    decided_on = models.DateField(_("approved or refused on"), null=True, blank=True)
    changed_on = models.DateField(_("circumstances changed on"), null=True, blank=True)
    change_notice_due = models.DateField(_("new declaration due on"), null=True, blank=True)
    superseded_by = models.CharField(_("replaced by the declaration"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("tax self-certification")
        verbose_name_plural = _("tax self-certifications")


class TaxResidence(CustomerFacet):
    """One jurisdiction where the holder, or a controlling person (`person_no`), is tax resident."""

    CODES = {"country": "country", "no_tin_reason": "no_tin_reason"}

    certification_no = models.CharField(_("number of the declaration"), max_length=40)
    person_no = models.CharField(_("controlling person"), max_length=8, blank=True)
    country = models.CharField(_("tax jurisdiction"), max_length=3)
    tin = _sealed(_("taxpayer identification number"), "other_id", 60)
    no_tin_reason = _code(_("reason of no TIN"), 4)
    explanation = _sealed(_("explanation"), "free_text", 300)

    class Meta:
        verbose_name = _("tax residence")
        verbose_name_plural = _("tax residences")


class ControllingPerson(CustomerFacet):
    """Who controls a passive entity, with a statement of their own."""

    CODES = {
        "control_type": "control_type",
        "residency_status": "tax_status",
        "lives_in": "country",
        "born_in": "country",
        "self_cert": "crs_control_cert",
    }
    MASKS = {"birth_date": "birth_date"}
    OTHERS = frozenset({"other_no"})

    certification_no = models.CharField(_("number of the declaration"), max_length=40)
    person_no = models.CharField(_("controlling person"), max_length=8)
    control_type = _code(_("type of control"))
    full_name = _sealed(_("name of the controlling person"), "person_name", 150)
    surname = _sealed(_("surname in Latin letters"), "person_name", 100)
    given_name = _sealed(_("given name in Latin letters"), "person_name", 100)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    born_in = _code(_("country of birth"), 3)
    birth_place = _sealed(_("place of birth"), "free_text", 120)
    birth_place_english = _sealed(_("place of birth in English"), "free_text", 120)
    lives_in = _code(_("country of the address"), 3)
    address = _sealed(_("current address"), "address_detail", 300)
    address_english = _sealed(_("current address in English"), "address_detail", 300)
    residency_status = _code(_("tax residence"))
    ownership_pct = models.DecimalField(
        _("share owned, per cent"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    self_cert = _code(_("self-certification (CRS)"))
    other_no = models.CharField(_("customer number of the other"), max_length=12, blank=True)

    class Meta:
        verbose_name = _("controlling person")
        verbose_name_plural = _("controlling persons")
