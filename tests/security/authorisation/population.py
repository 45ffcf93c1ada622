"""A bank to be probed: five branches with a person and a company each, whose values are known nowhere else."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from customers.models import Customer
from customers.services.documents import FOLDER
from mdm.bulk.tables import own_fields
from mdm.display import sensitive
from mdm.rest.facets import path_part
from mdm.storage.objects import store_bytes
from mdm.subjects import Bundle, registry
from security.access.actor import system_actor
from security.access.roles import PERMISSIONS
from security.models import Grant, Organisation, Role, User
from security.services import client_proof, clients
from tests.factories.customers import company, person, store
from tests.factories.documents import jpeg
from tests.factories.security import NOW, branch, member_of_staff
from tests.security.authorisation.things import EVERYBODYS, Things, ceremony, of_person, of_place
from tests.support.database_roles import database_role

#: Where the probing user works, and how other branches lie to it.
PLACES = {"own": "1110", "child": "1111", "sibling": "1120", "parent": "1100", "far": "1210"}
#: The places that a right at the own branch reaches.
REACHED = ("own", "child")
#: Things that addresses of the API lead to, each as its name with `_id`.
AIMED = ("case", "merge", "run", "user", "grant", "alert")
SURNAMES = "赵钱孙李周吴郑王冯陈"


@dataclass
class Bank:
    """Customers by place, ids of what hangs on them, and a pattern that finds any clear value of any of them."""

    customers: dict[str, int] = field(default_factory=dict)
    twins: dict[str, int] = field(default_factory=dict)
    ids: dict[str, Things] = field(default_factory=dict)
    owners: dict[tuple[str, str], int] = field(default_factory=dict)
    #: What lies at no place.
    everybodys: Things = field(default_factory=dict)
    #: Doors and methods that have let somebody in so far.
    entered: set[tuple[str, str]] = field(default_factory=set)
    canaries: "re.Pattern[bytes]" = re.compile(b"x^")

    def number(self, place: str, facet: str = "") -> str:
        """The number of a place's person, or of who has the rows of a facet there."""
        return Customer(pk=self.owners.get((place, facet), self.customers[place])).customer_no

    def aimed(self, place: str) -> Things:
        """Ids by the names that addresses of the API have for them."""
        ids = self.ids[place]
        return {**ids, **{f"{thing}_id": ids[thing] for thing in AIMED}}

    def outside(self) -> "re.Pattern[bytes]":
        """What names a customer that the own branch does not reach."""
        held = [*self.customers.items(), *self.twins.items()]
        numbers = [Customer(pk=pk).customer_no for place, pk in held if place not in REACHED]
        return re.compile("|".join(numbers).encode())


def key_of(place: str) -> str:
    """The key that the source has for a place's person."""
    return f"K-{place}-{list(PLACES).index(place)}"


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
        for n, (place, code) in enumerate(PLACES.items()):
            bank.ids[place] = _things(bank, place, n, Organisation.objects.get(code=code))
        some = {"ceremony": ceremony().pk, "role": Role.objects.get(code="teller").pk}
        bank.everybodys = {**EVERYBODYS, **some}
    return bank


def _canary(place: str, n: int) -> Bundle:
    """A person, of the first five, else a company; all of whose sensitive values occur nowhere else."""
    bundle = (_person if n < len(PLACES) else _company)(f"K-{place}-{n}", n)
    bundle.facets["customer"][0]["org"] = PLACES[place]
    return bundle


def _person(key: str, n: int) -> Bundle:
    weights, born = (
        [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2],
        date(1971, 2, 3) + timedelta(days=397 * n),
    )
    body = f"110105{born:%Y%m%d}73{n}"
    number = body + "10X98765432"[sum(int(c) * w for c, w in zip(body, weights, strict=True)) % 11]
    told = person(key)
    told.facets["document"] = [{"slot": "1", "kind": "OTHER", "title": "", "object_id": _picture()}]
    _mark(told, n)
    _set(told, "customer_name", full_name=f"{SURNAMES[n]}鑫淼{SURNAMES[n]}")
    _set(told, "person_profile", birth_date=born)
    _set(told, "tax_certification", birth_date=born)
    _set(told, "credential", number=number)
    return told


def _picture() -> int:
    """A stored object that documents on file name."""
    with database_role("engine"):
        actor = system_actor("test", PERMISSIONS)
        return store_bytes(jpeg(), purpose=FOLDER, content_type="image/jpeg", actor=actor, at=NOW).pk


def _company(key: str, n: int) -> Bundle:
    told = company(key)
    told.facets["credential"] = []
    _mark(told, n)
    return told


def _mark(bundle: Bundle, n: int) -> None:
    """Put a value that occurs nowhere else into every sensitive field that has one here."""
    for facet in registry.facets():
        for at, row in enumerate(bundle.facets.get(facet.name, ())):
            row |= {name: make(n, at) for name, make in MARKED.get(facet.name, {}).items()}


def _set(bundle: Bundle, facet: str, **values: Any) -> None:
    bundle.facets[facet][0].update(values)


Make = Callable[[int, int], Any]


def _text(text: str) -> Make:
    """A text in which `#` stands for the customer's number among all, `%` for that of the row."""
    return lambda n, at: text.replace("#", str(n)).replace("%", str(at))


#: Facet -> sensitive field -> its value; a test holds that no sensitive field is missing.
MARKED: dict[str, dict[str, Make]] = {
    "phone": {"number": _text("+861395550##7%")},
    "email": {"address": _text("canary#.bird@example.com")},
    "address": {
        "detail": _text("金丝雀胡同#号院"),
        "english_text": _text("Canary Alley #7#, Beijing"),
        "raw_text": _text("金丝雀原文#段"),
    },
    "credential": {"address_on_document": _text("金丝雀证载#路")},
    "relationship": {
        "other_name": _text("金丝雀亲属#号"),
        "other_document_type": _text("P03"),
        "other_document_number": _text("E7#31#559"),
    },
    "agreement": {"agreement_no": _text("CNRY-#-448-#"), "account_no": _text("62220210077#55#3317")},
    "income": {
        name: _text(f"73#1{at}#77#50319.00")
        for at, name in enumerate(
            ("annual_income", "household_income", "financial_assets", "net_assets", "liabilities")
        )
    },
    "person_profile": {"accessibility": _text("金丝雀助听#级")},
    "further_contact": {"reach": _text("canary-wx-#-77%"), "contact_name": _text("金丝雀急联#人")},
    "expected_activity": {"yearly_amount": _text("91#3%#88#50319.00")},
    "tax_certification": {
        "birth_place": _text("金丝雀镇#"),
        "birth_place_english": _text("Canary Town #5#"),
        "address": _text("金丝雀税务路#号"),
        "address_english": _text("Canary Tax Road #6#"),
        "agent_name": _text("金丝雀代理#人"),
        "explanation": _text("金丝雀说明#条"),
    },
    "tax_residence": {"tin": _text("53690#39#"), "explanation": _text("金丝雀缘由#条")},
    "investor_assessment": {
        name: _text(f"84#2{at}#66#50319.00")
        for at, name in enumerate(
            ("financial_assets", "net_financial_assets", "average_income", "net_assets")
        )
    },
    "document": {"title": _text("金丝雀影像第#号")},
    "customer_event": {"note": _text("金丝雀密谈#次")},
    "controlling_person": {
        "full_name": _text("金丝雀控制#人"),
        "birth_date": lambda n, at: date(1961, 5, 7) + timedelta(days=397 * n),
        "birth_place": _text("金丝雀村#组"),
        "birth_place_english": _text("Canary Village #3#"),
        "address": _text("金丝雀控制路#号"),
        "address_english": _text("Canary Control Road #2#"),
    },
    "agency_agreement": {
        "agreement_no": _text("AG-CNRY-#-9#"),
        "settlement_account": _text("62220210088#66#4428"),
    },
    "agency_handler": {
        "agreement_no": _text("AG-CNRY-#-9#"),
        "full_name": _text("金丝雀经办#人"),
        "document_number": _text("E8#42#668"),
    },
    "agency_batch": {"agreement_no": _text("AG-CNRY-#-9#")},
}
#: Sensitive fields without a canary, and why.
UNMARKED = {
    "customer_name.surname": "a part of the full name, which is marked",
    "customer_name.given_name": "as the surname",
    "credential.name_on_document": "the same mask as the name",
    "tax_certification.surname": "a part of a name",
    "tax_certification.given_name": "a part of a name",
    "controlling_person.surname": "a part of the full name, which is marked",
    "controlling_person.given_name": "as the surname",
}
#: Set beside MARKED, by the customer's own numbers.
_BY_HAND = {
    "customer_name.full_name",
    "person_profile.birth_date",
    "tax_certification.birth_date",
    "credential.number",
}


def facet_at(path: str) -> str:
    """The facet whose rows an address of the API is about (`/customers/{number}/phones/{row_id}`); else empty."""
    named = {path_part(facet): facet.name for facet in registry.facets()}
    return next((named[part] for part in path.split("/") if part in named), "")


def unmarked() -> set[str]:
    """Sensitive fields that no customer of the bank has a canary in."""
    every = {
        f"{facet.name}.{field.attname}"
        for facet in registry.facets()
        for field in own_fields(facet.model)
        if sensitive(facet.model, field)
    }
    return every - {f"{facet}.{name}" for facet, fields in MARKED.items() for name in fields} - _BY_HAND


def _clear(bundle: Bundle) -> Iterator[str]:
    """Every value of a customer that nobody may see in clear, in each form in which a page could write it."""
    for facet in registry.facets():
        secret = [field.attname for field in own_fields(facet.model) if sensitive(facet.model, field)]
        for row in bundle.facets.get(facet.name, ()):
            for value in filter(None, map(row.get, secret)):
                yield from _forms(value)


def _forms(value: Any) -> Iterator[str]:
    text = f"{value:%Y-%m-%d}" if isinstance(value, date) else str(value).removeprefix("+86")
    yield text
    if re.fullmatch(r"\d+\.\d\d", text):
        yield f"{float(text):,.2f}"
        yield text.removesuffix(".00")


def _things(bank: Bank, place: str, n: int, org: Organisation) -> Things:
    """What belongs to one place, by the names of `things.NAMES`; every facet has a row there."""
    both = (bank.customers[place], bank.twins[place])
    told: Things = {}
    for facet in registry.facets():
        owner = "pk" if facet.name == "customer" else "customer_id"
        row: Any = facet.model._default_manager.filter(**{f"{owner}__in": both}).order_by(owner).first()
        assert row, f"{facet.name} has no row at {place}: nothing out of scope could be probed"
        told[facet.name] = row.pk
        bank.owners[place, facet.name] = getattr(row, owner)
    return {**of_place(place, n, org, both, told), **told}


#: What is one's own and not a secret to colleagues: that an export was asked for, not what it holds.
SEEN_BY_COLLEAGUES = ("log_export", "list_export")


def belongings(bank: Bank, user: User) -> dict[str, Things]:
    """What is the user's own (`mine`), and the same of somebody else at the same branch (`other`)."""
    home = Organisation.objects.get(code=PLACES["own"])
    name = f"stranger-{user.pk}"
    with database_role("engine"):
        stranger = member_of_staff(name, org=home)
        about = (bank.customers["own"], bank.ids["own"]["document"])
        theirs = of_person(stranger, *about)
        return {
            "mine": of_person(user, *about),
            "other": {name: theirs[name] for name in theirs if name not in SEEN_BY_COLLEAGUES},
        }


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


def fresh_token(client: Any, _lasting: str) -> str:
    """A token of ten minutes for all that a client may do: it proves this moment, which some doors ask for."""
    return client_proof.issue_token(client, client.scopes, at=timezone.now())[0]
