"""`explain access` tells what the doors do: for users, customers and fields its answer is held against them."""

import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from customers.models import Customer, CustomerName, Email, Phone
from customers.selectors.explaining import explain_access
from customers.services import marks, sharing
from mdm.display import shown
from mdm.errors import NotFound
from security.access.sight import Sight
from security.models import Grant, GrantScope, Role, User
from tests.factories.customers import bank, person, store
from tests.factories.security import branch, client_system, everything, grant, member_of_staff
from tests.support.api import Api, proved
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db
FIELDS = {
    "customer_name.full_name": (CustomerName, "欧阳知远"),
    "phone.number": (Phone, "+8613912345670"),
    "email.address": (Email, "zhiyuan@example.com"),
}


@pytest.fixture
def customers() -> dict[str, str]:
    """One customer at 1100, one at 1200, a protected one, one opened and one closed: by name, their numbers."""
    bank()
    names = {"north": "1100", "south": "1200", "guarded": "1100", "opened": "1200", "closed": "1100"}
    bundles = [person(f"K-{name}") for name in names]
    for bundle, org in zip(bundles, names.values(), strict=True):
        bundle.facets["customer"][0]["org"] = org
    ids = store(bundles).customer_ids
    return {name: Customer(pk=pk).customer_no for name, pk in zip(names, ids, strict=True)}


def narrowed(user: User, **told: Any) -> None:
    Grant.objects.filter(user=user).update(**told)


def users(now: datetime) -> dict[str, User]:
    """One user for each thing that an explanation may turn on; the system `system-*` acts by its token."""
    north, south, head = branch("1100"), branch("1200"), branch("1000")
    made = {
        name: member_of_staff(name, *roles, org=org)
        for name, roles, org in (
            ("teller", ("teller",), north), ("far", ("teller",), south), ("head", ("teller",), head),
            ("auditor", ("auditor",), head), ("nobody", (), north), ("blind", ("teller",), north),
            ("early", ("teller",), north), ("late", ("teller",), north), ("narrow", ("teller",), head),
            ("filtered", ("teller",), north), ("guard", ("teller",), north), ("two", ("teller",), north),
            ("sharing", ("teller",), north), ("manager", ("administrator",), head),
        )
    }  # fmt: skip
    with database_role("owner"):
        hidden = Role.objects.get(code="teller")
        hidden.pk, hidden.code, hidden.hidden_fields = None, "no_phones", ["phone.*"]
        hidden.save(force_insert=True)
    narrowed(made["blind"], role=hidden)
    narrowed(made["early"], valid_from=now + timedelta(days=1))
    narrowed(made["late"], valid_to=now - timedelta(days=1))
    narrowed(made["narrow"], scope=GrantScope.SELF)
    narrowed(made["filtered"], filters={"party_type": ["CORPORATE"]})
    narrowed(made["guard"], filters={"protected": ["VIP"]})
    grant(made["two"], "auditor", north)
    for name, scopes in (("system-sees", ("customer.view",)), ("system-blind", ("load.view",))):
        made[name] = client_system(name, scopes=scopes, org=north)[0].user
    return made


@pytest.fixture
def cast(customers: dict[str, str]) -> dict[str, User]:
    now = timezone.now()
    made = users(now)
    marks.mark(everything(), customers["guarded"], "PROTECTED", "VIP", reason="known", at=now)
    ends = now + timedelta(days=1)
    for name in ("sharing", "nobody"):
        sharing.share(
            everything(), customers["opened"], name, "OPEN", expires_at=ends, reason="project", at=now
        )
        sharing.share(everything(), customers["closed"], name, "CLOSE", expires_at=None, reason="kin", at=now)
    return made


def door_of(user: User) -> Callable[[str], tuple[int, dict[str, Any]]]:
    """How the user really looks at a customer: through the page, or a system through the API."""
    client = getattr(user, "client", None)
    if client is not None:
        api = proved(client)

        def call(number: str) -> tuple[int, dict[str, Any]]:
            told = api.get(f"customers/{number}/panorama")
            return told.status, told.body

        return call
    screens = Screens(user)

    def look(number: str) -> tuple[int, dict[str, Any]]:
        seen = screens.get(f"/customer/{number}/")
        return seen.status, {"text": seen.text}

    return look


def test_the_answer_is_what_the_doors_do(customers: dict[str, str], cast: dict[str, User]) -> None:
    asker, at = everything(), timezone.now()
    cells = 0
    seen_by_all: set[tuple[str, str]] = set()
    for name, user in cast.items():
        look = door_of(user)
        for kind, number in customers.items():
            status, body = look(number)
            told = explain_access(asker, user.username, number, at=at)
            assert told.sees == (status == 200), (name, kind, status, told)
            assert told.sees or not any(step.lets and step.what == "mask" for step in told.steps)
            seen_by_all |= {(name, kind)} if told.sees else set()
            for field, (model, clear) in FIELDS.items():
                asked = explain_access(asker, user.username, number, field, at=at)
                cells += 1
                assert asked.sees == told.sees
                if asked.sees:
                    check_field(body, asked.profile, field, asked.hidden, model, clear)
    assert cells == len(cast) * len(customers) * len(FIELDS) >= 240
    assert seen_by_all == {
        *((who, kind) for who in ("teller", "two", "blind", "system-sees") for kind in ("north", "closed")),
        ("far", "south"), ("far", "opened"),
        *((who, kind) for who in ("head", "auditor") for kind in ("north", "closed", "south", "opened")),
        *(("guard", kind) for kind in ("north", "closed", "guarded")),
        ("sharing", "north"), ("sharing", "opened"),
    }  # fmt: skip


def check_field(body: dict[str, Any], profile: str, field: str, hidden: bool, model: Any, clear: str) -> None:
    """What the door shows of a field is what the explained profile leaves of it; nothing where it is hidden."""
    facet, _dot, name = field.partition(".")
    column = model._meta.get_field(name)
    masked = shown(model, column, clear, {}, Sight(profile))["text"]
    told = json.dumps(body, ensure_ascii=False)
    assert clear not in told
    assert (masked in told) is not hidden, (field, profile, hidden, masked)
    assert hidden == (profile != "strict" and "139****5670" not in told and facet == "phone")


def test_page_endpoint_and_command_tell_the_same(customers: dict[str, str], cast: dict[str, User]) -> None:
    officer = member_of_staff("officer", "compliance", org=branch("1000"))
    with database_role("owner"):
        Role.objects.update(mfa_required=False)
    page, api = Screens(officer), asking_api()
    for who, kind, field in (
        ("teller", "north", ""), ("teller", "guarded", ""), ("blind", "north", "phone.number"),
        ("auditor", "south", "phone.number"), ("sharing", "closed", ""), ("system-blind", "north", ""),
    ):  # fmt: skip
        number = customers[kind]
        out = io.StringIO()
        call_command("explain_access", who, number, *([field] if field else []), "--json", stdout=out)
        command = json.loads(out.getvalue())
        endpoint = api.post(
            f"customers/{number}:explain-access", {"user": who, **({"field": field} if field else {})}
        )
        assert endpoint.status == 200
        for key in ("sees", "hidden", "profile", "steps"):
            assert command[key] == endpoint.body[key], (who, kind, key)
        seen = page.post("/explain/", user=who, customer=number, field=field)
        assert endpoint.body["answer"] in seen.text
        assert all(step["why"] in seen.text for step in command["steps"])


def asking_api() -> Api:
    return proved(client_system("asks", roles=("compliance",), org=branch("1000"))[0])


def test_a_system_that_was_switched_off_sees_nothing(customers: dict[str, str]) -> None:
    client, _token = client_system("gone", scopes=("customer.view",), org=branch("1100"))
    at = timezone.now()
    assert explain_access(everything(), "gone", customers["north"], at=at).sees
    client.active = False
    client.save()
    told = explain_access(everything(), "gone", customers["north"], at=at)
    assert not told.sees
    assert "switched off" in " ".join(step.why for step in told.steps)


def test_who_may_not_ask_about_a_customer_learns_nothing(
    customers: dict[str, str], cast: dict[str, User]
) -> None:
    with pytest.raises(NotFound, match=r"user\.unknown"):
        explain_access(everything(), "missing", customers["north"], at=timezone.now())
    with pytest.raises(NotFound, match=r"customer\.unknown"):
        explain_access(everything(), "teller", "C00000000000", at=timezone.now())
