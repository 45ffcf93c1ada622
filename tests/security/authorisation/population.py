"""A bank to be probed: five branches with one customer each, every value of which is known nowhere else."""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from consolidation.models import Merge, ReviewCase
from customers.models import Customer
from mdm.runs import JobRun
from mdm.subjects import registry
from security.access.actor import system_actor
from security.access.roles import PERMISSIONS
from security.models import (
    Alert,
    Grant,
    Organisation,
    Role,
    User,
)
from security.services import clients
from tests.factories.customers import person, store
from tests.factories.security import NOW, branch, grant, member_of_staff
from tests.support.database_roles import database_role

#: Where the probing user works, and how other branches lie to it.
PLACES = {"own": "1110", "child": "1111", "sibling": "1120", "parent": "1100", "far": "1210"}
#: The places that a right at the own branch reaches.
REACHED = ("own", "child")
SURNAMES = "赵钱孙李周吴郑王冯陈"


@dataclass
class Bank:
    """Customers by place, ids of what hangs on them, and a pattern that finds any clear value of any of them."""

    customers: dict[str, int] = field(default_factory=dict)
    twins: dict[str, int] = field(default_factory=dict)
    ids: dict[str, dict[str, int]] = field(default_factory=dict)
    canaries: "re.Pattern[bytes]" = re.compile(b"x^")

    def number(self, place: str) -> str:
        return Customer(pk=self.customers[place]).customer_no

    def outside(self) -> "re.Pattern[bytes]":
        """What names a customer that the own branch does not reach."""
        held = [*self.customers.items(), *self.twins.items()]
        numbers = [Customer(pk=pk).customer_no for place, pk in held if place not in REACHED]
        return re.compile("|".join(numbers).encode())


def open_bank() -> Bank:
    """The branches, the customers, and one row of everything that a door may be asked for."""
    head = branch("1000")
    north = branch("1100", head)
    branch("1111", branch("1110", north))
    branch("1120", north)
    branch("1210", branch("1200", head))
    bank = Bank()
    bundles = [_canary(place, n) for n, place in enumerate([*PLACES, *PLACES])]
    made = store(bundles).customer_ids
    bank.customers = dict(zip(PLACES, made[: len(PLACES)], strict=True))
    bank.twins = dict(zip(PLACES, made[len(PLACES) :], strict=True))
    values = [text.encode() for bundle in bundles for text in _clear(bundle)]
    bank.canaries = re.compile(b"|".join(map(re.escape, values)))
    with database_role("engine"):
        for place, code in PLACES.items():
            bank.ids[place] = _things(bank, place, Organisation.objects.get(code=code))
    return bank


def _canary(place: str, n: int) -> Any:
    """A person all of whose sensitive values occur nowhere else."""
    weights, born = (
        [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2],
        date(1971, 2, 3) + timedelta(days=397 * n),
    )
    body = f"110105{born:%Y%m%d}73{n}"
    number = body + "10X98765432"[sum(int(c) * w for c, w in zip(body, weights, strict=True)) % 11]
    bundle = person(
        f"K-{place}-{n}",
        customer_name=[{"slot": "LEGAL", "kind": "LEGAL", "full_name": f"{SURNAMES[n]}鑫淼{SURNAMES[n]}"}],
        person_profile=[{"sex": "F", "birth_date": born, "nationality": "CHN"}],
        credential=[
            {"slot": "P01", "type": "P01", "number": number, "issuing_country": "CHN", "is_primary": True}
        ],
        phone=[{"slot": "MOBILE", "kind": "MOBILE", "number": f"+861395550{n}{n}7{n}", "is_primary": True}],
        email=[
            {
                "slot": "PERSONAL",
                "kind": "PERSONAL",
                "address": f"canary{n}.bird@example.com",
                "is_primary": True,
            }
        ],
        address=[
            {
                "slot": "RESIDENCE",
                "kind": "RESIDENCE",
                "country": "CHN",
                "region_code": "110105",
                "detail": f"金丝雀胡同{n}号院",
                "is_primary": True,
            }
        ],
    )
    bundle.facets["document"] = [
        {"slot": "1", "kind": "OTHER", "title": f"金丝雀影像第{n}号", "object_id": 1}
    ]
    bundle.facets["customer"][0]["org"] = PLACES[place]
    return bundle


def _clear(bundle: Any) -> list[str]:
    """Every value of a customer that nobody may see in clear."""
    first = {name: bundle.first(name) for name in bundle.facets}
    mobile = str(first["phone"]["number"]).removeprefix("+86")
    return [
        first["customer_name"]["full_name"],
        first["credential"]["number"],
        mobile,
        first["email"]["address"],
        first["address"]["detail"],
        first["document"]["title"],
        f"{first['person_profile']['birth_date']:%Y-%m-%d}",
    ]


def _things(bank: Bank, place: str, org: Organisation) -> dict[str, int]:
    """Ids by the name that routes use, of what belongs to one place."""
    customer = bank.customers[place]
    told: dict[str, int] = {}
    for facet in registry.facets():
        owner = "pk" if facet.name == "customer" else "customer_id"
        row = facet.model._default_manager.filter(**{owner: customer}).first()
        told[facet.name] = row.pk if row else 0
    pair = {"customer_id": customer, "other_id": bank.twins[place], "rule": "R", "policy": "p", "score": 1.0}
    told["case_id"] = ReviewCase.objects.create(**pair, outcome="B", opened_at=NOW).pk
    joined: dict[str, list[int]] = {"members": [], "links": []}
    told["merge_id"] = Merge.objects.create(**pair, evidence=joined, decided_at=NOW).pk
    told["run_id"] = JobRun.objects.create(
        job="load", started_by="x", org_path=org.path, created_at=NOW, state="SUCCEEDED"
    ).pk
    user = member_of_staff(f"colleague-{place}", org=org)
    told["user_id"] = user.pk
    told["grant_id"] = grant(user, "teller", org).pk
    told["alert_id"] = Alert.objects.create(
        at=NOW, rule="reveal.many", user_id=user.pk, actor="x", org=org
    ).pk
    return told


def staff_with(role: str, suffix: str = "") -> User:
    """A member of staff of the own branch who holds one role there."""
    Role.objects.update(mfa_required=False)
    return member_of_staff(f"probe-{role}{suffix}", role, org=Organisation.objects.get(code=PLACES["own"]))


def system_with(role: str, suffix: str = "") -> tuple[Any, str]:
    """A client system of the own branch whose account holds one role, with every scope there is."""
    actor = system_actor("test", PERMISSIONS)
    home = Organisation.objects.get(code=PLACES["own"])
    name = f"p-{role.replace('_', '-')}{suffix}"[:32]
    issued = clients.issue(actor, name, name=name, org_code=home.code, scopes=sorted(PERMISSIONS), at=NOW)
    Grant.objects.filter(user=issued.client.user).update(role=Role.objects.get(code=role))
    type(issued.client).objects.filter(pk=issued.client.pk).update(quota=10**6)  # probes come fast
    return issued.client, issued.token
