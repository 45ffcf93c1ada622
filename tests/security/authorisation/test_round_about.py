"""Ways round a customer's own page: search, exports, counts and suggestions tell nothing of what lies out of scope."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from consolidation.models import Merge, ReviewCase
from customers.selectors.evidence import SOURCES, Wanted
from mdm.runs import JobRun
from mdm.subjects import registry
from security.access.actor import Actor, staff_actor
from security.access.roles import ROLES
from security.models import Alert, Organisation
from tests.factories.customers import person, store
from tests.factories.security import member_of_staff
from tests.security.authorisation.doors import Door, doors
from tests.security.authorisation.population import PLACES, REACHED, Bank, staff_with
from tests.security.authorisation.probing import TRACES, addresses, content
from tests.security.authorisation.test_enumeration import Caller
from tests.support.database_roles import database_role

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("bank")]
SEARCHERS = [role.code for role in ROLES if "customer.view" in role.permissions]
EXPORTERS = [role.code for role in ROLES if {"audit.export", "customer.export"} & set(role.permissions)]
#: What tells of the whole bank: keys have no branch, and say how many values lie under them.
OF_THE_BANK = ("/keys/", "/api/v1/keys")
#: What differs from one look to the next: marks against forgery, ids of requests, moments, lengths of both.
PASSING = re.compile(
    rb'csrfmiddlewaretoken" value="[^"]+"|X-CSRFToken[^}]*|[0-9a-f]{32}|[0-9a-f-]{36}|\d\d:\d\d(:\d\d)?(\.\d+)?'
    rb"|\d+ (seconds|minutes)"
)


def secrets(bank: Bank, place: str) -> Iterator[str]:
    """What a place's person can be looked for by."""
    with database_role("engine"):
        for facet, name in (("credential", "number"), ("phone", "number"), ("email", "address")):
            row: Any = registry.facet(facet).model._default_manager.get(pk=bank.ids[place][facet])
            yield getattr(row, name).open()
        name_row: Any = registry.facet("customer_name").model._default_manager
        yield name_row.get(pk=bank.ids[place]["customer_name"]).full_name.open()
    yield bank.number(place)


@pytest.mark.parametrize("role", SEARCHERS)
def test_search_finds_whom_the_role_reaches_and_nobody_else(bank: Bank, role: str) -> None:
    api, pages = Caller.on_api(bank, role), Caller.on_pages(bank, role)
    for place in PLACES:
        for text in secrets(bank, place):
            told = api.client.post(
                "/api/v1/customers:search",
                {"text": text},
                content_type="application/json",
                headers=api.headers,
            )
            shown = content(pages.client.post("/search/", {"term": text}, follow=True)).decode()
            links = set(re.findall(r"/customer/(C\d+)/", shown))
            hits = {hit["customer_no"] for hit in told.json()["hits"]}
            wanted = {bank.number(place)} if place in REACHED else set()
            assert hits == wanted, (place, text, told.content)
            assert links == wanted, (place, text)


@pytest.mark.parametrize("role", EXPORTERS)
def test_exports_hold_what_the_role_reaches(bank: Bank, role: str) -> None:
    """Every source, though the worker that reads it sees everything; the log holds what people of the branch did."""
    user = staff_with(role)
    at = timezone.now()
    actor: Actor = staff_actor(user, at)
    for source in SOURCES.values():
        if not all(map(actor.may, source.rights)):
            continue
        with database_role("engine"):
            found = list(source.read(actor, at + timedelta(minutes=1), Wanted({}, source.standard()), at))
        told = str([row for rows in found for row in rows]).encode()
        assert not bank.canaries.search(told), source.name
        assert source.name == "operations" or not bank.outside().search(told), source.name
        if source.name == "customers":
            assert bank.number("own").encode() in told


def busy_elsewhere() -> None:
    """More of everything that is counted anywhere, at a branch that the own one does not reach."""
    now, there = timezone.now(), Organisation.objects.get(code=PLACES["sibling"])
    bundles = [person(f"MORE-{n}") for n in range(3)]
    for bundle in bundles:
        bundle.facets["customer"][0]["org"] = there.code
    one, two, three = store(bundles).customer_ids
    base = {"org_path": there.path, "created_at": now, "started_by": "x"}
    for other in (two, three):
        pair = {"customer_id": one, "other_id": other, "rule": "R", "policy": "p", "score": 1.0}
        ReviewCase.objects.create(**pair, outcome="B", opened_at=now)
        Merge.objects.create(**pair, evidence={"members": [], "links": []}, decided_at=now)
        member_of_staff(f"more-{other}", "teller", org=there)
        Alert.objects.create(at=now, rule="reveal.many", user_id=1, actor="x", org=there)
        for state in ("FAILED", "RUNNING", "PENDING"):
            JobRun.objects.create(job="load", params={}, state=state, **base)


def unplaced() -> Iterator[tuple[Door, str]]:
    """Every page and endpoint that is read and is about no one thing, with the first role that may."""
    for door in doors():
        role = next((one.code for one in ROLES if door.rule("GET") in one.permissions), None)
        if role and "<" not in door.route and "(?P" not in door.route and door.name != "logout":
            yield door, role


def seen(caller: Caller, address: str) -> bytes:
    answer = caller.client.get(address, headers=caller.headers)
    return PASSING.sub(b"", content(answer)) if answer.status_code == 200 else b""


def test_what_happens_elsewhere_changes_no_count_and_no_suggestion(bank: Bank) -> None:
    """Each page and answer is the same while more of everything is there, out of scope; what differs for another
    reason, such as the time, differs afterwards too."""
    callers: dict[tuple[str, bool], Caller] = {}
    first: dict[tuple[str, str], bytes] = {}
    asked: list[tuple[Caller, str]] = []
    for door, role in unplaced():
        make = Caller.on_api if door.is_api else Caller.on_pages
        caller = callers.setdefault((role, door.is_api), callers.get((role, door.is_api)) or make(bank, role))
        ((_place, address),) = addresses(door, bank, caller.own)
        if door.name not in TRACES and address not in OF_THE_BANK:
            asked.append((caller, address))
    for caller, address in asked:
        first[caller.role, address] = seen(caller, address)
    still = [
        (who, address) for who, address in asked if seen(who, address) == first[who.role, address] != b""
    ]
    with transaction.atomic():
        with database_role("engine"):
            busy_elsewhere()
        differ = [(who, address) for who, address in still if seen(who, address) != first[who.role, address]]
        transaction.set_rollback(True)
    changed = [address for who, address in differ if seen(who, address) == first[who.role, address]]
    assert changed == []
    assert len(still) >= 20
