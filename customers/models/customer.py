"""Subject 1: who the customer is."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.base import CustomerFacet, optional
from mdm.history.models import SubjectModel
from security.crypto.fields import SealedField


class Customer(SubjectModel):
    """One customer as one source record brought it.

    `golden` names the customer it was merged into (null while it stands for itself), `members` the
    customers merged into it. `org_path` holds the branch ids from head office down, of all members:
    row scope. `scope_tags` and `guarded` are what filters of grants and protection ask for, of all members too
    (`security.access.rights`). `name_tokens` holds keyed digests of name parts: search without decrypting; those
    under `token_version` of their key, and behind them as many under `token_former` while the key is rotated.
    """

    DERIVED = frozenset(
        {"members", "org_path", "name_tokens", "token_version", "token_former", "scope_tags", "guarded"}
    )
    EARLIEST = frozenset({"opened_on"})
    OPERATED = frozenset({"party_type", "lifecycle_status"})
    FIRST: ClassVar = {"lifecycle_status": ("ACTIVE", "PENDING", "POTENTIAL")}
    CODES = {
        "party_type": "party_type",
        "lifecycle_status": "lifecycle_status",
        "segment": "segment",
        "language": "language",
        "service_level": "service_level",
    }

    party_type = models.CharField(_("kind of customer"), max_length=20)
    lifecycle_status = models.CharField(_("customer status"), max_length=12, default="ACTIVE")
    opened_on = models.DateField(_("customer since"), null=True, blank=True)
    org = models.ForeignKey(
        "security.Organisation", models.PROTECT, db_index=False, verbose_name=_("managing branch")
    )
    segment = models.CharField(_("segment"), max_length=20, blank=True)
    language = models.CharField(_("preferred language"), max_length=10, blank=True)
    service_level = optional(_("service level"), 10)
    golden = models.ForeignKey(
        "self", models.PROTECT, null=True, db_constraint=False, editable=False, verbose_name=_("merged into")
    )
    members = ArrayField(models.BigIntegerField(), default=list, editable=False)
    org_path = ArrayField(models.IntegerField(), default=list, editable=False)
    name_tokens = ArrayField(models.BigIntegerField(), default=list, editable=False)
    token_version = models.SmallIntegerField(default=1, db_default=1, editable=False)
    token_former = models.SmallIntegerField(null=True, editable=False)
    scope_tags = ArrayField(models.CharField(max_length=40), default=list, db_default=[], editable=False)
    guarded = ArrayField(models.CharField(max_length=20), default=list, db_default=[], editable=False)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        permissions = [("close_customer", "Closed for one user or group")]
        indexes = [
            GinIndex(fields=["name_tokens", "org_path"], name="customer_search", fastupdate=False),
            # Pages of lists come out of an index in their order. What few customers are, a list would look for through
            # all the others; those that nearly all are stand in neither of the last two.
            models.Index("org", models.F("id").desc(), name="customer_of_branch"),
            models.Index(
                "lifecycle_status",
                models.F("id").desc(),
                condition=Q(golden=None) & ~Q(lifecycle_status="ACTIVE"),
                name="customer_odd_status",
            ),
            models.Index(
                "party_type",
                models.F("id").desc(),
                condition=Q(golden=None) & ~Q(party_type="PERSON"),
                name="customer_odd_kind",
            ),
            models.Index(
                "org",
                models.F("id").desc(),
                condition=Q(golden=None) & ~Q(members=[]),
                name="customer_of_several",
            ),
        ]

    @property
    def customer_no(self) -> str:
        """The bank-wide number: derived one-to-one from the id, so it needs no column (design section 5)."""
        from customers.rules.number import customer_no

        return customer_no(self.pk)

    @property
    def is_person(self) -> bool:
        return self.party_type == "PERSON"

    def __str__(self) -> str:
        return self.customer_no


class CustomerName(CustomerFacet):
    """A name of a customer as printed on a document or used in life; never normalised in place."""

    CODES = {"kind": "name_kind"}

    kind = models.CharField(_("kind of name"), max_length=10, default="LEGAL")
    full_name = SealedField(_("full name"), kind="person_name", max_length=150)
    surname = SealedField(_("surname"), kind="person_name", max_length=80, null=True, blank=True)
    given_name = SealedField(_("given name"), kind="person_name", max_length=80, null=True, blank=True)

    class Meta:
        verbose_name = _("name of the customer")
        verbose_name_plural = _("names of customers")


class PersonProfile(CustomerFacet):
    """What is known of a natural person."""

    CODES = {
        "sex": "sex",
        "nationality": "nationality",
        "second_nationality": "nationality",
        "third_nationality": "nationality",
        "ethnicity": "ethnicity",
        "marital_status": "marital_status",
        "education": "education",
        "degree": "degree",
        "occupation": "occupation",
        "resident_status": "resident_status",
        "domicile": "domicile",
        "civil_capacity": "civil_capacity",
        "staff": "yes_no",
        "related_party": "yes_no",
    }
    MASKS = {"birth_date": "birth_date"}

    sex = models.CharField(_("sex"), max_length=1, blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    nationality = models.CharField(_("nationality"), max_length=3, blank=True)
    second_nationality = optional(_("second nationality"), 3)
    third_nationality = optional(_("third nationality"), 3)
    ethnicity = models.CharField(_("ethnicity"), max_length=2, blank=True)
    marital_status = models.CharField(_("marital status"), max_length=2, blank=True)
    education = models.CharField(_("education"), max_length=2, blank=True)
    degree = optional(_("academic degree"), 1)
    occupation = models.CharField(_("occupation"), max_length=6, blank=True)
    employer = models.CharField(_("employer"), max_length=150, blank=True)
    job_title = models.CharField(_("job title"), max_length=60, blank=True)
    resident_status = models.CharField(_("residence status"), max_length=12, blank=True)
    domicile = optional(_("domicile"), 6)
    civil_capacity = optional(_("capacity for civil acts"), 8)
    accessibility = SealedField(
        _("help that is needed"), kind="free_text", max_length=120, null=True, blank=True
    )
    staff = optional(_("works for the bank"), 1)
    related_party = optional(_("related party of the bank"), 1)
    deceased_on = models.DateField(_("date of death"), null=True, blank=True)
    death_evidence = optional(_("evidence of the death"), 120)

    class Meta:
        verbose_name = _("personal details")
        verbose_name_plural = _("personal details")


class OrganisationProfile(CustomerFacet):
    """What is known of an organisation."""

    CODES = {
        "country": "country",
        "industry": "industry",
        "economy_type": "economy_type",
        "enterprise_size": "enterprise_size",
        "capital_currency": "currency",
        "listing_status": "listing_status",
        "exchange": "exchange",
        "bearer_shares": "yes_no",
        "related_party": "yes_no",
        "ended_how": "organisation_end",
    }

    registered_name = models.CharField(_("registered name"), max_length=200)
    english_name = models.CharField(_("English name"), max_length=200, blank=True)
    short_name = models.CharField(_("short name"), max_length=100, blank=True)
    established_on = models.DateField(_("date of establishment"), null=True, blank=True)
    country = models.CharField(_("country of registration"), max_length=3, blank=True)
    industry = models.CharField(_("industry"), max_length=5, blank=True)
    economy_type = models.CharField(_("economy type"), max_length=4, blank=True)
    enterprise_size = models.CharField(_("enterprise size"), max_length=6, blank=True)
    business_scope = models.TextField(_("business scope"), blank=True)
    main_business = optional(_("main business"), 200)
    staff_count = models.IntegerField(_("staff"), null=True, blank=True)
    registered_capital = models.DecimalField(
        _("registered capital"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    paid_in_capital = models.DecimalField(
        _("paid-in capital"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    capital_currency = models.CharField(_("currency of capital"), max_length=3, blank=True)
    listing_status = optional(_("listing"), 10)
    exchange = optional(_("exchange"), 5)
    ticker = optional(_("ticker"), 20)
    bearer_shares = optional(_("has issued bearer shares"), 1)
    ownership_layers = models.PositiveSmallIntegerField(_("layers of ownership"), null=True, blank=True)
    related_party = optional(_("related party of the bank"), 1)
    ended_how = optional(_("how it ended"), 10)
    ended_on = models.DateField(_("cancelled, revoked or bankrupt since"), null=True, blank=True)

    class Meta:
        verbose_name = _("organisation details")
        verbose_name_plural = _("organisation details")
