"""Whether a change of a row takes a second person: what the gate is told, and how it is told again later."""

from collections.abc import Iterable
from typing import Any

from customers.models import Customer
from customers.selectors.requests import ADD, CHANGE, END, plain, row_facts
from mdm.bulk.tables import sealed_fields
from mdm.history.models import SINCE, SubjectModel
from mdm.subjects import Facet, Row
from security.access.actor import Actor
from security.approvals.gate import Case, require_approval

#: Held by the systems that send one-time codes and read them back.
CONFIRM = "contact.confirm"
#: What they say then.
CONFIRMED = "VERIFIED"


def ask_change(
    actor: Actor,
    facet: Facet,
    row: SubjectModel,
    golden: int,
    before: Row,
    told: Row,
    changed: Iterable[str],
    said: Iterable[str],
) -> None:
    """Go on where these fields of this row may be changed alone; raises what the gate raises. `said` are those that
    the caller named, whether they differ or not."""
    fields = sorted({*changed} - {SINCE})
    if SINCE in told:  # when all of it began is at stake where nothing else is
        fields = [*(fields or _filled(before)), SINCE]
        before = {**before, SINCE: row.valid_from}
    base = {"before": _kept(facet, before, fields), "after": _kept(facet, told, fields)}
    facts = {**row_facts(facet, before, told), "verified": _confirmed(actor, golden, told, said)}
    _ask(actor, CHANGE, facet, row, golden, fields, base, facts)


def ask_end(actor: Actor, facet: Facet, row: SubjectModel, golden: int, before: Row) -> None:
    """Go on where this row may be ended alone."""
    fields = _filled(before)
    base = {"before": _kept(facet, before, fields), "after": {}}
    _ask(actor, END, facet, row, golden, fields, base, row_facts(facet, before, {}))


def _filled(row: Row) -> list[str]:
    return sorted(name for name, value in row.items() if value not in (None, "", False))


def ask_add(actor: Actor, facet: Facet, customer_id: int, told: Row, fields: Iterable[str]) -> None:
    """Go on where a row like this may be added alone."""
    names = sorted(fields)
    kind = str(told.get(facet.kind_field) or "")
    _require(
        actor,
        ADD,
        f"{facet.name}:new:{customer_id}:{kind}",
        facet,
        customer_id,
        names,
        {"before": {}, "after": _kept(facet, told, names)},
        {},
        {**row_facts(facet, {}, told), "verified": _confirmed(actor, customer_id, told, names)},
    )


def _confirmed(actor: Actor, customer_id: int, told: Row, said: Iterable[str]) -> bool:
    """Whether a client system that is trusted with it says with the change itself that the customer has confirmed it
    by a one-time code. A person at a screen has no such proof, and what was confirmed before says nothing of another
    number."""
    if actor.kind != "client" or "verified_state" not in said or told.get("verified_state") != CONFIRMED:
        return False
    return actor.may_on(CONFIRM, Customer.objects.get(pk=customer_id))


def _ask(
    actor: Actor,
    operation: str,
    facet: Facet,
    row: SubjectModel,
    golden: int,
    fields: list[str],
    base: dict[str, Any],
    facts: dict[str, Any],
) -> None:
    target = f"{facet.name}:{row.pk}"
    _require(actor, operation, target, facet, golden, fields, base, {target: row.version}, facts)


def _require(
    actor: Actor,
    operation: str,
    target: str,
    facet: Facet,
    customer_id: int,
    fields: list[str],
    base: dict[str, Any],
    versions: dict[str, int],
    facts: dict[str, Any],
) -> None:
    customer = Customer.objects.select_related("org").get(pk=customer_id)
    require_approval(
        actor,
        Case(
            operation=operation,
            target=target,
            permission=facet.permission,
            org_path=customer.org_path,
            org_code=customer.org.code,
            customer_id=customer.pk,
            fields=fields,
            base=base,
            versions=versions,
            facts={**facts, "fields": fields, "party_type": customer.party_type},
        ),
    )


def _kept(facet: Facet, row: Row, fields: Iterable[str]) -> dict[str, Any]:
    """The fields at stake, JSON-ready, with those that decide how they are masked."""
    deciding = {field.kind_from for field in sealed_fields(facet.model) if field.kind_from}
    names = {*fields, *deciding, facet.kind_field} & set(row)
    return plain({name: row[name] for name in names})
