"""Reading batches of new customers: how they stand, and what became of each row, as the reader may see it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from batch.layouts.kept_rows import unpacked
from batch.models import BatchRow, CustomerBatch, Outcome
from customers.models import Customer
from customers.rules.number import customer_no
from mdm.display import shown
from mdm.errors import NotFound
from mdm.paging import LARGEST, Page, newest_first
from mdm.runs import RunState
from mdm.subjects import registry
from security.access.actor import Actor
from security.access.scope import in_scope, scope_q, scoped
from security.audit.log import record

#: The right to send batches and to see those of one's branches; creating takes `CREATE` besides.
RIGHT, CREATE = "customer.batch", "customer.create"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RowView:
    """A row as the reader may see it: of customers out of scope no number, texts in the reader's language."""

    number: int
    source_key: str
    outcome: str
    customer_no: str | None
    duplicate_of: int | None
    errors: list[Json]
    findings: list[Json]
    suspects: list[Json]
    #: Who the row tells of, masked, while it waits: name, document, telephone.
    who: list[str]


def get_batch(actor: Actor, batch_id: int) -> CustomerBatch:
    """One batch with its run. NotFound where there is none, or it was sent outside the actor's branches."""
    found = _batches(actor).filter(pk=batch_id).first()
    if found is None:
        raise unknown()
    return found


def is_kept(batch: CustomerBatch) -> bool:
    """Whether a row still tells something, so that its customer can be created."""
    return BatchRow.objects.filter(batch=batch, content__isnull=False).exists()


def is_cancelled(batch: CustomerBatch) -> bool:
    """Whether a batch was given up, while it was worked on or after it: rows were dropped and none is kept."""
    if batch.run is not None and batch.run.state == RunState.CANCELLED:
        return True
    return BatchRow.objects.filter(batch=batch, outcome=Outcome.CANCELLED).exists() and not is_kept(batch)


def unknown() -> NotFound:
    """The refusal of a batch that is not there for the actor."""
    return NotFound("creation.unknown", _("There is no such batch."))


def list_batches(actor: Actor, *, after: int | None = None, size: int = 25) -> Page[CustomerBatch]:
    """A page of batches that were sent within the actor's branches, newest first."""
    return newest_first(_batches(actor), after, size)


def _batches(actor: Actor) -> QuerySet[CustomerBatch]:
    return scoped(CustomerBatch.objects.select_related("run"), actor, RIGHT)


def batch_rows(
    actor: Actor,
    batch: CustomerBatch,
    *,
    at: datetime,
    after: int | None = None,
    size: int = 50,
    filters: Mapping[str, Any] | None = None,
) -> Page[RowView]:
    """A page of rows from the first to the last. `filters`: `outcome`, `row` (its number), `source_key`."""
    rows, size = _filtered(batch, filters or {}).filter(number__gt=after or 0), max(1, min(size, LARGEST))
    found = list(rows.order_by("number")[: size + 1])
    page = found[:size]
    with in_scope(actor, CREATE):
        seen = _reached(actor, page)
        fields = {"rows": len(page)}
        told: dict[str, Any] = {"subject": "batch", "object_id": batch.pk, "fields": fields}
        record(actor, "creation.rows", at, shown=seen.values(), **told)
    numbers = {pk: customer_no(golden) for pk, golden in seen.items()}
    sight = actor.sight_anywhere()
    return Page([_view(row, numbers, sight) for row in page], page[-1].number if len(found) > size else None)


def _filtered(batch: CustomerBatch, filters: Mapping[str, Any]) -> QuerySet[BatchRow]:
    rows = BatchRow.objects.filter(batch=batch)
    if filters.get("outcome"):
        rows = rows.filter(outcome=filters["outcome"])
    if filters.get("row"):
        rows = rows.filter(number=filters["row"])
    if filters.get("source_key"):
        rows = rows.filter(pk__in=_with_key(batch, filters["source_key"]))
    return rows


def _with_key(batch: CustomerBatch, source_key: str) -> list[int]:
    """The rows with a sender's key; keys are sealed, and so each is opened."""
    rows = BatchRow.objects.filter(batch=batch).only("source_key")
    return [row.pk for row in rows if row.source_key and row.source_key.open() == source_key]


def _reached(actor: Actor, rows: Iterable[BatchRow]) -> dict[int, int]:
    """Of the customers that rows name those the actor reaches, each with the golden one that answers for it."""
    ids = {pk for row in rows for pk in (row.customer_id, *(one["customer"] for one in row.suspects)) if pk}
    reach = scope_q(actor, CREATE)
    members = Customer.objects.filter(reach, pk__in=ids).values_list("pk", "golden_id")
    golden = {pk: golden or pk for pk, golden in members}
    seen = set(Customer.objects.filter(reach, pk__in=golden.values()).values_list("pk", flat=True))
    return {pk: one for pk, one in golden.items() if one in seen}


def _view(row: BatchRow, numbers: Mapping[int, str], sight: str) -> RowView:
    return RowView(
        row.number,
        row.source_key.open() if row.source_key else "",
        row.outcome,
        numbers.get(row.customer_id or 0),
        row.duplicate_of,
        [_said(one) for one in row.errors],
        [_said(one) for one in row.findings],
        [_suspect(one, numbers) for one in row.suspects],
        _who(row, sight),
    )


def _who(row: BatchRow, sight: str) -> list[str]:
    """Who a waiting row tells of, as the reader sees customers."""
    if row.content is None:
        return []
    bundle, _tabular = unpacked(row.content.open())
    told = []
    for name, attribute in _TELLING:
        model, value = registry.facet(name).model, bundle.first(name)
        field: Any = model._meta.get_field(attribute)
        told.append(str(shown(model, field, value.get(attribute), value, sight)["text"]))
    return [text for text in told if text]


#: What tells a person who a row is about.
_TELLING = (
    ("customer_name", "full_name"),
    ("organisation_profile", "registered_name"),
    ("credential", "number"),
    ("phone", "number"),
)


def _said(told: Json) -> Json:
    """A kept refusal in the reader's language."""
    texts: dict[str, str] = told["texts"]
    text = texts.get(get_language() or "") or texts["en"]
    return {**{name: value for name, value in told.items() if name != "texts"}, "text": text}


def _suspect(told: Json, numbers: Mapping[int, str]) -> Json:
    number = numbers.get(told["customer"] or 0)
    return {"customer_no": number, "rule": told["rule"], "outcome": told["outcome"]}
