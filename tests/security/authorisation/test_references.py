"""Everything that names something else in a body or a filter, pointed out of scope, as every role that holds the
right: nothing is told of it, and nothing is done to it."""

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from customers.api.examples import PERSON
from security.access.roles import ROLES
from security.models import Grant, OperationLog
from tests.security.authorisation.doors import Door, doors
from tests.security.authorisation.population import (
    PLACES,
    REACHED,
    Bank,
    belongings,
    fresh_token,
    key_of,
    system_with,
)
from tests.security.authorisation.probing import Own, body_of, content, sample, within

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("bank")]
Point = Callable[[Bank, str], Any]
OUTSIDE = tuple(place for place in PLACES if place not in REACHED)

#: Members that name something of somebody: what they name at a place.
REFERENCES: dict[str, Point] = {
    "org": lambda _bank, place: PLACES[place],
    "branch": lambda _bank, place: PLACES[place],
    "nodes": lambda _bank, place: [PLACES[place]],
    "customer": lambda bank, place: bank.number(place),
    "customer_id": lambda bank, place: bank.customers[place],
    "customer_no": lambda bank, place: bank.number(place),
    "other_no": lambda bank, place: bank.number(place),
    "row_id": lambda bank, place: bank.ids[place]["phone"],
    "about_id": lambda bank, place: bank.ids[place]["phone"],
    "user": lambda _bank, place: f"colleague-{place}",
    "to": lambda _bank, place: f"colleague-{place}",
    "value": lambda _bank, place: f"colleague-{place}",
    "actor": lambda _bank, place: f"colleague-{place}",
    "answerable": lambda _bank, place: f"colleague-{place}",
    "manager": lambda _bank, place: f"colleague-{place}",
    "customers": lambda bank, place: [bank.number(place)],
    "source_key": lambda _bank, place: key_of(place),
    "view": lambda bank, place: bank.ids[place]["colleagues_view"],
    "filters": lambda _bank, place: {"org": PLACES[place]},
}
#: What has to stand beside a reference for it to mean something.
BESIDE = {"about_id": {"about": "phone"}, "source_key": {"source_system": "core_customer"}}
#: Members that look like references, and are none: numbers, texts and codes that lead nowhere.
PLAIN = {
    "account_no": "an account of the bank's own systems",
    "agreement_no": "a number within the customer",
    "assessment_no": "a number within the customer",
    "batch_no": "a number within the customer",
    "branch_code": "where another system keeps the account, as it tells it",
    "certification_no": "a number within the customer",
    "client_id": "the name of a client to be made",
    "extension_no": "digits to be dialled",
    "handler_no": "a number within the customer",
    "key_id": "the name of a key to be made",
    "keys": "names of one's own notices",
    "order_no": "the number of a court's order",
    "person_no": "a number within the customer",
    "product_code": "a product, as another system names it",
    "region_code": "a region of the country",
    "request": "the id of a request; what it changed is in scope or not shown",
    "reviewer": "a name as it is told",
    "role": "roles are everybody's; who may give which, the duties say",
}
#: Bodies of which every part has to be right, so that nothing but the reference is refused.
WHOLE = {"customers_create": PERSON.body, "customers_match_check": PERSON.body}
LOOKS = re.compile(
    r"_(id|no|by|code)$|^(org|branch|nodes|user|to|value|customers?|role|reviewer|request|actor|answerable|manager"
    r"|source_key|view|filters|keys)$"
)
#: Members, or those of one operation, that are taken although what they name lies out of scope, and why that is right.
TAKEN = {
    "filters": "they narrow what is in scope; of what is not they find nothing",
    "customers_search.branch": "it narrows what is in scope; of what is not it finds nothing",
    "customers_batch_create.org": "rows wait; each is refused in its turn (tests/customers/api/test_creating_rights.py)",
    "customers_batch_create.other_no": "rows wait; each is refused in its turn, as one that is created at once",
    "customers_batch_create.source_key": "rows wait; a key of another source is none of the sender's",
    "customers_match_check.other_no": "nothing is stored, and nobody is looked for by it",
    "customers_match_check.org": "nothing is stored, and nobody is looked for by it",
    "customers_transfer.org": "asked for: somebody above both branches decides",
    "customers_transfer.manager": "asked for, as with the branch",
    "to": "an exception opens a customer to somebody elsewhere: that is what it is for",
}


def members() -> list[tuple[Door, str, str, str]]:
    """(door, method, body or query, member) of every member that looks like a reference."""
    found = []
    for door in doors():
        for method in ("GET", "POST", "PATCH") if door.is_api else ():
            declared = door.operation(method)
            for where in ("body", "query"):
                fields = declared and getattr(declared, where)
                names = _names(fields().fields) if fields else ()
                found += [(door, method, where, name) for name in names]
    return found


def _names(known: Any, before: str = "") -> Iterator[str]:
    """The members that look like references, also those of what is told inside: `relationships.other_no`."""
    for name, member in known.items():
        inner = getattr(member, "child", member)
        if hasattr(inner, "fields"):
            yield from _names(inner.fields, f"{before}{name}.")
        elif LOOKS.search(name):
            yield before + name


def last(name: str) -> str:
    """What a member is called where it stands."""
    return name.rpartition(".")[2]


def pointing(door: Door, method: str, bank: Bank, name: str, points: Any) -> dict[str, Any]:
    """A body in which a member points somewhere, with what has to stand around it."""
    declared = door.operation(method)
    assert declared is not None
    assert declared.body is not None
    told = dict(WHOLE.get(declared.name) or body_of(door, method, bank))
    *outer, member = name.split(".")
    node, known = told, declared.body().fields
    for part in outer:
        inner = getattr(known[part], "child", known[part])
        row = sample(type(inner))
        node[part] = row if inner is known[part] else [row]
        node, known = row, inner.fields
    node |= {**BESIDE.get(member, {}), member: points}
    return told


def test_whatever_looks_like_a_reference_is_probed_or_explained() -> None:
    names = {last(name) for _door, _method, _where, name in members()}
    plain = {name for name in PLAIN if LOOKS.search(name)}
    assert names - set(REFERENCES) - plain == set()
    assert (plain | set(REFERENCES)) - names == set(), "declared, and nowhere read"


@pytest.mark.parametrize("role", [role.code for role in ROLES])
def test_what_lies_out_of_scope_is_neither_told_nor_touched(bank: Bank, role: str) -> None:
    held = next(set(one.permissions) for one in ROLES if one.code == role)
    client, token = system_with(role)
    headers, own = {"Authorization": f"Bearer {fresh_token(client, token)}"}, belongings(bank, client.user)
    api = Client(raise_request_exception=False)
    wrong: list[str] = []
    for door, method, where, name in members():
        if door.rule(method) in held and last(name) in REFERENCES:
            for place in OUTSIDE:
                wrong += _probe(api, bank, own, door, method, where, name, place, headers)
    assert wrong == [], "\n".join(wrong)


def _probe(
    api: Client,
    bank: Bank,
    own: Own,
    door: Door,
    method: str,
    where: str,
    name: str,
    place: str,
    headers: dict[str, str],
) -> Iterator[str]:
    """What is wrong with the answer to one request at the own customer that points elsewhere."""
    address, points = within(door, bank, own), REFERENCES[last(name)](bank, place)
    extra = {**headers, "Idempotency-Key": uuid.uuid4().hex, "If-Match": '"v1"'}
    with transaction.atomic():
        newest, grants = OperationLog.objects.latest("pk").pk, Grant.objects.latest("pk").pk
        if where == "query":
            answer = api.get(address, {name: points}, headers=headers)
        else:
            send = getattr(api, method.lower())
            answer = send(
                address,
                pointing(door, method, bank, name, points),
                content_type="application/json",
                headers=extra,
            )
        done = _done(bank, newest, grants)
        transaction.set_rollback(True)
    asked = f"{method} {address} {name}={points}: {answer.status_code}"
    body = content(answer).replace(str(points).encode(), b"")
    if answer.status_code >= 500:
        yield asked
    if bank.canaries.search(body) or bank.outside().search(body):
        yield f"{asked}, tells of somebody out of scope"
    if done:
        yield f"{asked}, did {done}"
    if (
        where == "body"
        and answer.status_code < 300
        and not {last(name), f"{_name_of(door, method)}.{last(name)}"} & set(TAKEN)
    ):
        yield f"{asked}, was taken"


def _name_of(door: Door, method: str) -> str:
    declared = door.operation(method)
    return declared.name if declared else ""


def _done(bank: Bank, newest: int, grants: int) -> list[str]:
    """What the log says was done to customers out of scope, and roles given there."""
    theirs = [held[place] for held in (bank.customers, bank.twins) for place in OUTSIDE]
    logged = OperationLog.objects.filter(pk__gt=newest, customer_id__in=theirs, result="ok")
    given = Grant.objects.filter(org__code__in=[PLACES[place] for place in OUTSIDE])
    new = given.filter(pk__gt=grants)
    return [*logged.values_list("action", flat=True), *(["grant"] if new.exists() else [])]
