"""Two customers of a case side by side: what stands on either side, and whether it still stands."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from consolidation.models import ReviewCase, Signature
from customers.models import Customer
from mdm.errors import NotFound
from security.access.actor import Actor
from security.access.scope import scoped
from security.crypto.algorithms import sm3

RIGHT = "case.decide"
Family = frozenset[int]


@dataclass(frozen=True, slots=True)
class Sides:
    """A case with its two customers. `families` are all records on either side; `standing` names their state:
    it is another one as soon as one of these records is written."""

    case: ReviewCase
    one: Customer
    other: Customer
    families: tuple[Family, Family]
    standing: str

    @property
    def org_path(self) -> list[int]:
        """The branches that both lie below, else those of the first."""
        shared = [org for org in self.one.org_path if org in self.other.org_path]
        return shared or list(self.one.org_path)

    @property
    def org_code(self) -> str:
        """The managing branch of the first."""
        return self.one.org.code

    @property
    def branches(self) -> set[int]:
        """The managing branches that have a say."""
        return {self.one.org_id, self.other.org_id}

    @property
    def protected(self) -> bool:
        """Whether one of the two is protected."""
        return any(getattr(row, "guarded", []) for row in (self.one, self.other))


def cases_of_two(actor: Actor, permission: str) -> "QuerySet[ReviewCase]":
    """Cases of two customers that a permission reaches; asked inside `in_scope`."""
    visible = scoped(Customer.objects.all(), actor, permission).values("pk")
    return ReviewCase.objects.filter(customer_id__in=visible, other_id__in=visible)


def open_case(actor: Actor, case_id: int, permission: str = RIGHT) -> ReviewCase:
    """A case, whatever its state. NotFound `case.unknown` where there is none or it is out of scope."""
    found = cases_of_two(actor, permission).filter(pk=case_id).first()
    if found is None:
        raise NotFound("case.unknown", _("There is no such case."))
    return found


def sides_of(case: ReviewCase) -> Sides:
    """The two customers of a case as they stand; asked inside `in_scope`."""
    rows = Customer.objects.select_related("org").in_bulk([case.customer_id, case.other_id])
    one, other = rows[case.customer_id], rows[case.other_id]
    families = frozenset((one.pk, *one.members)), frozenset((other.pk, *other.members))
    return Sides(case, one, other, families, standing_of(families[0] | families[1]))


def standing_of(customer_ids: Family) -> str:
    """A short name of how records stand: their versions, and when what matching compares was written."""
    ids = sorted(customer_ids)
    written = dict(Signature.objects.filter(customer_id__in=ids).values_list("customer_id", "changed_at"))
    versions = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "version"))
    told = [(pk, versions.get(pk), written[pk].isoformat() if pk in written else "") for pk in ids]
    return sm3(json.dumps(told).encode()).hex()[:32]


def pairs_between(families: Sequence[Family]) -> list[tuple[int, int]]:
    """Every record of one side with every record of the other, the lower id first."""
    return sorted((min(a, b), max(a, b)) for a in families[0] for b in families[1])
