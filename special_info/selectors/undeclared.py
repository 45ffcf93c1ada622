"""Who is still to be asked for a tax self-certification: those without one in force, and those whose clock runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.selectors.customer import VIEW
from customers.selectors.erasing import day_of
from customers.selectors.search import hits
from mdm.errors import Text
from mdm.history.models import Status
from mdm.paging import Page, chosen_filters, newest_first
from security.access.actor import Actor
from security.access.scope import in_scope, scoped
from security.audit.log import record
from special_info.models import TaxCertification

NAME = "undeclared"
#: More are not counted: the figure tells how much work there is, not how many customers a bank has.
MOST = 10_000
#: Why a customer is still to be asked, the most urgent first; one in force whose clock does not run is none of these.
WHY: Mapping[str, Text] = {
    "overdue": _("Time to declare anew is over"),
    "due": _("Has to declare anew"),
    "waiting": _("Handed in, not decided"),
    "draft": _("Begun, not handed in"),
    "rejected": _("Refused"),
    "none": _("Nothing declared yet"),
}
#: The states of a declaration that is on its way, and what the list says of them.
_BEGUN = {"SUBMITTED": "waiting", "DRAFT": "draft", "REJECTED": "rejected"}
#: What the list may be narrowed by: filter name -> look-up.
FILTERS = {"why": "why", "party_type": "party_type", "org": "org__code"}


@dataclass(frozen=True, slots=True)
class Undeclared:
    """One customer to ask: masked for the reader; `due` where a clock runs, `record` where one is begun."""

    customer_no: str
    display_name: str
    party_type: str
    org: str
    opened_on: date | None
    why: str
    due: date | None
    record: int | None


def undeclared(
    actor: Actor,
    *,
    at: datetime,
    after: int | None = None,
    size: int = 25,
    filters: Mapping[str, str] | None = None,
) -> Page[Undeclared]:
    """Active customers in the reader's scope who are to be asked, newest first; the read is logged with who was shown.

    A declaration of a merged customer counts for its survivor. Invalid `filter.unknown`.
    """
    chosen = chosen_filters(filters, FILTERS)
    with in_scope(actor, VIEW):
        rows = _explained(_asked(actor), day_of(at)).filter(
            **{FILTERS[name]: value for name, value in chosen.items()}
        )
        page = newest_first(rows.select_related("org").defer("name_tokens"), after, size)
        shown = [row.pk for row in page.rows]
        fields = {"shown": len(shown), "filters": sorted(chosen)}
        record(
            actor, f"tax_certification.{NAME}", at, subject="tax_certification", fields=fields, shown=shown
        )
        drawn = zip(hits(actor, page.rows), page.rows, strict=True)
        return Page([_told(hit, row) for hit, row in drawn], page.next)


def how_many(actor: Actor) -> int:
    """How many are to be asked in the reader's scope, at most `MOST`."""
    with in_scope(actor, VIEW):
        return _asked(actor).order_by()[:MOST].count()


def _asked(actor: Actor) -> QuerySet[Customer]:
    """The customers to ask: none of their declarations is in force without a clock."""
    rows = scoped(Customer.objects.filter(golden=None, lifecycle_status="ACTIVE"), actor, VIEW)
    return rows.filter(~_has(tax_state="APPROVED", change_notice_due__isnull=True))


def _explained(rows: QuerySet[Customer], day: date) -> QuerySet[Any]:
    """The same, each with `why`, `due` and `record`."""
    clock = {"tax_state": "APPROVED", "change_notice_due__isnull": False}
    why = Case(
        When(_has(tax_state="APPROVED", change_notice_due__lt=day), then=Value("overdue")),
        When(_has(**clock), then=Value("due")),
        *(When(_has(tax_state=state), then=Value(code)) for state, code in _BEGUN.items()),
        default=Value("none"),
        output_field=CharField(),
    )
    due = _own(**clock).order_by("change_notice_due").values("change_notice_due")[:1]
    begun = _own(tax_state__in=_BEGUN).order_by("-pk").values("pk")[:1]
    return rows.annotate(why=why, due=Subquery(due), record=Subquery(begun))


def _has(**told: Any) -> Q:
    """Whether a customer, or one merged into it, has such a declaration."""
    merged = _told_of(customer__golden_id=OuterRef("pk"), **told)
    return Q(Exists(_own(**told))) | Q(Exists(merged))


def _own(**told: Any) -> QuerySet[TaxCertification]:
    return _told_of(customer_id=OuterRef("pk"), **told)


def _told_of(**told: Any) -> QuerySet[TaxCertification]:
    return TaxCertification.objects.filter(status=Status.ACTIVE, **told)


def _told(hit: Any, row: Any) -> Undeclared:
    head = (hit.customer_no, hit.display_name, hit.party_type, hit.org)
    return Undeclared(*head, row.opened_on, row.why, row.due, row.record)
