"""Whom a check of integrity is about: a branch, whom a saved view of the customer list shows, or some by number."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, SavedView
from customers.rules.number import customer_id
from customers.selectors.customer import narrowed
from customers.selectors.saved_views import view as opened
from mdm.errors import FieldError, Invalid, NotFound
from mdm.paging import number_in
from security.access.actor import Actor
from security.access.scope import in_scope, scoped
from security.crypto.algorithms import sm3
from security.models import Organisation

RIGHT = "integrity.run"
#: The list whose views name customers.
LIST = "customers"
#: The most customers named by their numbers.
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Population:
    """What was asked for: a branch with those below it, the id of a saved view, numbers of customers. What is told
    narrows together; with nothing told it is everybody whom the actor may check."""

    org: str = ""
    view: int | None = None
    numbers: Sequence[str] = ()


def numbers_in(text: str) -> list[str]:
    """Customer numbers out of a pasted text, whatever stands between them."""
    for sign in ",;，；、":
        text = text.replace(sign, " ")
    return text.upper().split()


def view_in(text: str) -> int | None:
    """The saved view that a form or a job's parameter names, None where it names none. Invalid `integrity.view` for
    what is no number: who mistypes one does not mean everybody."""
    found = number_in(text)
    if text and found is None:
        raise _no_view()
    return found


def told(actor: Actor, wanted: Population) -> dict[str, Any]:
    """The same as a run keeps it: branches, filters, ids of golden customers (of each none for all).

    Raises NotAllowed; Invalid `integrity.branch`, `integrity.view`, `integrity.customer` for what is not there or not
    the actor's.
    """
    actor.require(RIGHT)
    asked: dict[str, Any] = {"branches": _branches(actor, wanted.org)}
    if wanted.view is not None:
        asked["filters"] = _filters(actor, wanted.view)
    if wanted.numbers:
        asked["customers"] = _customers(actor, wanted.numbers)
    return asked


def key_of(asked: Mapping[str, Any]) -> str:
    """The same for the same population."""
    return sm3(json.dumps(asked, sort_keys=True).encode()).hex()


def golden_of(actor: Actor, asked: Mapping[str, Any]) -> QuerySet[Customer]:
    """The golden customers that a run is about; the actor is the worker's."""
    rows = narrowed(actor, asked.get("filters") or {})
    if asked["branches"]:
        rows = rows.filter(org_path__overlap=list(asked["branches"]))
    return rows.filter(pk__in=asked["customers"]) if "customers" in asked else rows


def _branches(actor: Actor, org: str) -> list[int]:
    """The branches whose customers are checked: the one named, else those where the actor holds the right."""
    held = actor.orgs(RIGHT)
    if not org:
        return [] if held is None else sorted(held)
    found = Organisation.objects.filter(code=org).first()
    if found is None or not actor.may_at(RIGHT, found.path):
        raise _invalid("branch", "org", _("There is no such branch, or it is not yours."))
    return [found.pk]


def _filters(actor: Actor, view_id: int) -> dict[str, Any]:
    """What a view narrows by. The product's own actors, who have none, may name anybody's."""
    try:
        every = SavedView.objects.filter(pk=view_id).first() if actor.kind == "system" else None
        found = every or opened(actor, view_id)
    except NotFound as unknown:
        raise _no_view() from unknown
    if found.of != LIST:
        raise _no_view()
    return dict(found.filters)


def _customers(actor: Actor, numbers: Sequence[str]) -> list[int]:
    """The golden customers of some numbers."""
    if len(numbers) > MOST:
        raise _invalid("customer", "customers", _("At most %s customers are named.") % MOST)
    ids = [customer_id(number) or 0 for number in numbers]
    with in_scope(actor, RIGHT):
        reached = scoped(Customer.objects.filter(pk__in=ids), actor, RIGHT)
        golden = {pk: kept or pk for pk, kept in reached.values_list("pk", "golden_id")}
    for place, one in enumerate(ids):
        if one not in golden:
            text = _("There is no such customer, or it is not yours.")
            raise _invalid("customer", f"customers/{place}", text)
    return sorted(set(golden.values()))


def _no_view() -> Invalid:
    return _invalid("view", "view", _("There is no such view of the customer list."))


def _invalid(what: str, place: str, text: Any) -> Invalid:
    code = f"integrity.{what}"
    return Invalid(code, text, [FieldError(f"/{place}", code, text)])
