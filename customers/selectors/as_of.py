"""The panorama as of any past moment, in both times: what was true on a day, as the bank knew it at a moment.

System time is in the history tables: of each row the last version written until the moment counts, and of each
customer the golden one it counted for then. Business time is in the versions of a row: `valid_from`, since when it is
as it stands, and `valid_to`; so a change of 2026 leaves what was true in 2025 to the version before it, and a row that
does not tell when it began is taken to have held since ever. Attributes that the bank added are told as they were
defined then: one that has ended since stands there under its label of then. One statement a facet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.rules.number import customer_id as id_of
from customers.rules.number import customer_no
from customers.selectors.customer import resolve
from customers.selectors.gathering import Gathered, Whole
from customers.selectors.history import HISTORY
from customers.selectors.panorama import header, obligations, quality_told, subjects_told
from mdm.bulk.reading import open_rows
from mdm.dictionary.past import as_told
from mdm.errors import Invalid, NotFound
from mdm.extension.attributes import going_by
from mdm.history.models import Status
from mdm.quality.models import QualityIssue
from mdm.subjects import Facet, Row, registry
from security.access.actor import Actor
from security.access.scope import in_scope
from security.audit.log import record
from security.models import Organisation

Json = dict[str, Any]
#: What the head of the page tells of the customer's own row.
_HEAD = ("party_type", "lifecycle_status", "org_id")


@dataclass(frozen=True, slots=True)
class Moment:
    """Which past is asked for: `known` in system time, `on` in business time; None for what was in force then."""

    known: datetime
    on: date | None = None

    def begun(self, row: Row) -> bool:
        """Whether a version of a row had begun."""
        return bool(self.on is None or row["valid_from"] is None or row["valid_from"] <= self.on)

    def told(self, versions: Sequence[Row]) -> Row | None:
        """Of the versions of a row that were known, newest first, the one that was in force, or true on the day: the
        newest that had begun. A version stands until the next begins, or to the row's own end."""
        row = next(filter(self.begun, versions), None)
        if row is None or self.on is None or row["valid_to"] is None:
            return row if row and row["status"] == Status.ACTIVE else None
        return row if self.on < row["valid_to"] else None


def as_of(actor: Actor, number: str, moment: Moment, *, at: datetime) -> Json:
    """All subjects of a customer as of a moment, in the shape of the panorama, masked as the reader sees it now.

    What the actor may see is decided by today's rights. Raises NotFound out of scope and `customer.not_yet`
    where the bank did not know the customer, Invalid `as_of.ahead`; the read is logged.
    """
    refuse_ahead(moment, at)
    with in_scope(actor, HISTORY):
        view = resolve(actor, number, HISTORY)
        asked = id_of(number) or view.golden_id
        told = {"known": moment.known.isoformat(), "on": moment.on.isoformat() if moment.on else None}
        with going_by(as_told(moment.known, _day(moment))):
            golden, members, found = standing(asked, moment)
            record(actor, "customer.as_of", at, subject="customer", customer_id=view.golden_id, fields=told)
            body = _told(golden, members, found, actor.sight(view.customer), moment)
        redirected = None if golden["id"] == asked else customer_no(asked)
        return {**body, "redirected_from": redirected, **told}


def _day(moment: Moment) -> date:
    return moment.on or timezone.localtime(moment.known).date()


def refuse_ahead(moment: Moment, at: datetime) -> None:
    """Invalid `as_of.ahead` for what will be known."""
    if moment.known > at:
        raise Invalid("as_of.ahead", _("What will be known is not known yet."))


def standing(asked: int, moment: Moment) -> tuple[Row, list[int], Gathered]:
    """The golden customer a number counted for at a moment, the ids of all that did, and their rows, opened.
    NotFound `customer.not_yet`."""
    golden, members = _family(asked, moment.known)
    found = {facet.name: _rows(facet, members, moment) for facet in registry.facets()}
    own = next(row for row in found["customer"] if row["id"] == golden["id"])
    return {**golden, **{name: own[name] for name in _HEAD}}, members, found


def _family(asked: int, known: datetime) -> tuple[Row, list[int]]:
    """The golden customer's row that a number counted for then, and the ids of all that did, the golden one first."""
    own = _then([asked], known)
    if not own:
        raise NotFound("customer.not_yet", _("The bank did not know this customer then."))
    golden_id = own[0]["golden_id"] or asked
    ever = Customer.history.filter(golden_id=golden_id, history_date__lte=known)
    rows = _then([golden_id, *ever.values_list("id", flat=True).distinct()], known)
    members = [row["id"] for row in rows if row["golden_id"] == golden_id]
    return next(row for row in rows if row["id"] == golden_id), [golden_id, *members]


def _then(ids: Sequence[int], known: datetime) -> list[Row]:
    """Customers' own rows as they stood, by id."""
    return [versions[0] for versions in _versions(registry.facet("customer"), ids, known, last=True)]


def _versions(facet: Facet, owners: Sequence[int], known: datetime, *, last: bool = False) -> list[list[Row]]:
    """The versions, until a moment, of each row of a facet that these customers came with, newest first (or the last
    alone); sealed. None of a row that was erased."""
    key = "id__in" if facet.name == "customer" else "customer_id__in"
    past = facet.model.history.filter(**{key: list(owners)}, history_date__lte=known)
    rows = past.order_by("id", "-history_date", "-history_id")
    each = groupby((rows.distinct("id") if last else rows).values(), itemgetter("id"))
    found = [list(versions) for _id, versions in each]
    return [versions for versions in found if versions[0]["history_type"] != "-"]


def _rows(facet: Facet, members: Sequence[int], moment: Moment) -> list[Row]:
    """The rows that hold. A customer itself is told all the same: as it was first known, if that began later."""
    each = _versions(facet, members, moment.known, last=moment.on is None)
    if facet.name == "customer":
        rows = [next((row for row in versions if moment.begun(row)), versions[-1]) for versions in each]
    else:
        rows = [row for versions in each if (row := moment.told(versions)) is not None]
    open_rows(facet, rows)
    return rows


def _told(golden: Row, members: Sequence[int], found: Gathered, sight: str, moment: Moment) -> Json:
    orgs = {
        org.pk: org
        for org in Organisation.objects.filter(pk__in={row["org_id"] for row in found["customer"]})
    }
    fields = {field.attname for field in Customer._meta.concrete_fields}
    customer = Customer(
        **{name: value for name, value in golden.items() if name in fields and name != "raw_values"}
    )
    customer.org = orgs[golden["org_id"]]
    issues = _issues(members, moment.known)
    whole = Whole(found, issues, orgs)
    return {
        **header(customer, found, sight),
        "members": [customer_no(member) for member in members[1:]],
        "subjects": subjects_told(whole, sight, _day(moment)),
        "obligations": obligations(found, _day(moment)),
        "quality": quality_told(issues),
        "recent_changes": [],
        "cases": [],
    }


def _issues(members: Sequence[int], known: datetime) -> list[Row]:
    """What the rules had found by then and was not resolved."""
    raised = QualityIssue.objects.filter(customer_id__in=list(members), raised_at__lte=known)
    open_then = raised.filter(Q(resolved_at=None) | Q(resolved_at__gt=known))
    return [dict(row) for row in open_then.order_by("id").values()[:100]]
