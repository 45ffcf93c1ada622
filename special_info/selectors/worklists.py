"""What waits in special information, by branch, and how much there is of everything: for all three kinds alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.selectors.customer import VIEW
from customers.selectors.rows import Entry, list_rows
from mdm.errors import NotFound, Text
from mdm.history.models import Status
from mdm.paging import Page
from mdm.subjects import registry
from security.access.actor import Actor
from security.access.scope import in_scope, scoped
from security.audit.log import record
from special_info.selectors.undeclared import NAME, how_many

Narrow = Callable[[date], Q]


@dataclass(frozen=True, slots=True)
class WorkList:
    """One list of what waits: its name, what it is called, which rows on a day."""

    name: str
    label: Text
    narrow: Narrow
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of special information as lists see it: its facet, the field of its state, what it is counted by."""

    name: str
    label: Text
    facet: str
    counted: tuple[str, ...]
    lists: tuple[WorkList, ...]


def _within(field: str, days: int, **state: Any) -> Narrow:
    """Rows in a state whose day comes within so many days."""
    return lambda day: Q(**state, **{f"{field}__gte": day, f"{field}__lte": day + timedelta(days=days)})


def _over(field: str, **state: Any) -> Narrow:
    return lambda day: Q(**state, **{f"{field}__lt": day})


def _in(**state: Any) -> Narrow:
    return lambda _day: Q(**state)


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "tax",
            _("Tax residence"),
            "tax_certification",
            ("tax_state", "residency_status", "entity_class"),
            (
                WorkList(
                    "overdue",
                    _("New declaration overdue"),
                    _over("change_notice_due", tax_state="APPROVED"),
                    "bad",
                ),
                WorkList(
                    "due",
                    _("New declaration due within 30 days"),
                    _within("change_notice_due", 30, tax_state="APPROVED"),
                    "warn",
                ),
                WorkList("waiting", _("Handed in, not decided"), _in(tax_state="SUBMITTED")),
                WorkList("draft", _("Drafts"), _in(tax_state="DRAFT")),
                WorkList("rejected", _("Refused"), _in(tax_state="REJECTED")),
            ),
        ),
        Kind(
            "investor",
            _("Qualified investors"),
            "investor_assessment",
            ("investor_state", "regime", "branch_met"),
            (
                WorkList(
                    "lapsed",
                    _("Qualification over"),
                    lambda day: (
                        Q(investor_state="EXPIRED") | _over("qualified_until", investor_state="APPROVED")(day)
                    ),
                    "bad",
                ),
                WorkList(
                    "within30",
                    _("Ends within 30 days"),
                    _within("qualified_until", 30, investor_state="APPROVED"),
                    "warn",
                ),
                WorkList(
                    "within60",
                    _("Ends within 60 days"),
                    _within("qualified_until", 60, investor_state="APPROVED"),
                    "warn",
                ),
                WorkList("waiting", _("Handed in, not decided"), _in(investor_state="PENDING")),
                WorkList("draft", _("Drafts"), _in(investor_state="DRAFT")),
            ),
        ),
        Kind(
            "agency",
            _("Agency payment"),
            "agency_agreement",
            ("agency_state", "purpose"),
            (
                WorkList(
                    "ending",
                    _("Ends within 60 days"),
                    _within("ends_on", 60, agency_state="ACTIVE", auto_renew=False),
                    "warn",
                ),
                WorkList("waiting", _("Handed in, not decided"), _in(agency_state="PENDING")),
                WorkList("suspended", _("Suspended"), _in(agency_state="SUSPENDED")),
                WorkList("draft", _("Drafts"), _in(agency_state="DRAFT")),
            ),
        ),
        Kind(
            "batch",
            _("Agency payment batches"),
            "agency_batch",
            ("batch_state",),
            (
                WorkList("checked", _("Checked, not decided"), _in(batch_state="CHECKED")),
                WorkList("approved", _("Approved, not sent"), _in(batch_state="APPROVED")),
                WorkList("sent", _("Sent, no result"), _in(batch_state="SENT")),
                WorkList("failed", _("Some payments failed"), _in(batch_state="PARTLY_OK"), "warn"),
            ),
        ),
    )
}


def kind_named(name: str) -> Kind:
    """The kind called `name`; NotFound where there is none."""
    if name not in KINDS:
        raise NotFound("worklist.unknown", _("There is no such list."))
    return KINDS[name]


def worklist(
    actor: Actor, kind_name: str, list_name: str, *, at: datetime, after: int | None = None, size: int = 25
) -> Page[Entry]:
    """A page of what waits in the reader's branches, newest first; the read is logged with who was shown."""
    kind = kind_named(kind_name)
    found = next((one for one in kind.lists if one.name == list_name), None)
    if found is None:
        raise NotFound("worklist.unknown", _("There is no such list."))
    narrow = found.narrow(_day(at)) & Q(status=Status.ACTIVE)
    return list_rows(actor, kind.facet, at=at, after=after, size=size, narrow=narrow)


def counts(actor: Actor, kind_name: str, *, at: datetime) -> dict[str, int]:
    """How many rows each list of a kind has, for the reader's branches; of tax residence also who is to be asked."""
    kind = kind_named(kind_name)
    with in_scope(actor, VIEW):
        rows = _rows(actor, kind)
        told = {one.name: Count("pk", filter=one.narrow(_day(at))) for one in kind.lists}
        found = dict(rows.aggregate(**told))
        return {**found, NAME: how_many(actor)} if kind.name == "tax" else found


@dataclass(frozen=True, slots=True)
class Figure:
    """How many rows have a value of a field."""

    field: str
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """What there is of a kind: by state and other codes, and by branch (code to count)."""

    total: int
    figures: list[Figure]
    branches: dict[str, int]


def statistics(actor: Actor, kind_name: str, *, at: datetime) -> Statistics:
    """Figures about the reader's branches; the read is logged."""
    kind = kind_named(kind_name)
    with in_scope(actor, VIEW):
        rows = _rows(actor, kind)
        figures = [
            Figure(name, str(value), count)
            for name in kind.counted
            for value, count in _by(rows, name)
            if value
        ]
        branches = {str(code): count for code, count in _by(rows, "customer__org__code")}
        record(actor, f"{kind.facet}.statistics", at, subject=kind.facet)
        return Statistics(sum(branches.values()), figures, branches)


def _by(rows: QuerySet[Any], name: str) -> list[tuple[Any, int]]:
    told = rows.order_by().values_list(name).annotate(n=Count("pk")).order_by(name)
    return [(value, count) for value, count in told]


def _rows(actor: Actor, kind: Kind) -> QuerySet[Any]:
    model: Any = registry.facet(kind.facet).model
    rows = scoped(model._default_manager.all(), actor, VIEW, path="customer__org_path")
    return rows.filter(status=Status.ACTIVE)


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()
