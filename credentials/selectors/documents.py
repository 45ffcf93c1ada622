"""One document with all that belongs to it: the ones before and after it, what checks told, what may be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from credentials.models import Credential, CredentialVerification
from credentials.rules.lifecycle import ASKED, target
from customers.selectors.rows import RowView, get_row, texts
from mdm.display import label
from mdm.history.models import Status
from mdm.subjects import registry
from security.access.actor import Actor
from security.access.scope import in_scope

Json = dict[str, Any]
FACET, CHECKS, VIEW = "credential", "credential_verification", "customer.view"


@dataclass(frozen=True, slots=True)
class Told:
    """A document as this reader sees it. `steps` are the triggers that its state allows; `checkable` and
    `replaceable` say the same of a check and of a successor."""

    view: RowView
    texts: dict[str, str]
    chain: list[Json]
    checks: list[Json]
    steps: list[str]
    checkable: bool
    replaceable: bool
    may: bool


def document(actor: Actor, row_id: int, *, at: datetime) -> Told:
    """Everything about one document; the read is logged. NotFound where there is none or it is out of scope."""
    view = get_row(actor, FACET, row_id, at=at)
    with in_scope(actor, VIEW):
        family = [view.customer.pk, *view.customer.members]
        sight, row = actor.sight(view.customer), view.row
        documents = list(Credential.objects.filter(customer_id__in=family, status=Status.ACTIVE))
        checks = CredentialVerification.objects.filter(customer_id__in=family, document=row_id)
        state = row.lifecycle_state  # type: ignore[attr-defined]
        return Told(
            view,
            texts(view.facet, row, sight),
            [_link(one, row, sight) for one in chain_of(row, documents)],
            [_check(one, sight) for one in checks.order_by("-checked_at", "-pk")],
            [trigger for trigger in ASKED if target(state, trigger)],
            state in ("PENDING_VERIFY", "VERIFIED", "EXPIRING"),
            target(state, "replace") is not None and not any(one.replaces == row.pk for one in documents),
            not view.closed and actor.may_on(view.facet.permission, view.customer),
        )


def chain_of(row: Any, documents: Sequence[Any]) -> list[Any]:
    """The documents that took one another's place, oldest first, with this one among them."""
    known = {one.pk: one for one in documents} | {row.pk: row}
    after: dict[int, Any] = {
        one.replaces: one for one in sorted(documents, key=lambda d: -d.pk) if one.replaces
    }
    first, seen = row, {row.pk}
    while first.replaces in known and first.replaces not in seen:
        first = known[first.replaces]
        seen.add(first.pk)
    chain = [first]
    while (last := after.get(chain[-1].pk)) is not None and last not in chain:
        chain.append(last)
    return chain


def _link(one: Any, row: Any, sight: str) -> Json:
    told = texts(registry.facet(FACET), one, sight)
    return {**told, "id": one.pk, "current": one.pk == row.pk, "how": told["replaced_how"]}


def _check(one: Any, sight: str) -> Json:
    told = texts(registry.facet(CHECKS), one, sight)
    when = label(CredentialVerification, CredentialVerification._meta.get_field("checked_at"), one.checked_at)
    agrees = str(one.outcome).startswith("CONSISTENT")
    return {**told, "when": when, "by": one.created_by, "tone": "ok" if agrees else "warn"}
