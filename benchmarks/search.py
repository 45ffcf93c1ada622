"""`manage.py benchmark search`: every kind of inquiry, in SQL time and as searches a second.

Ours is the service: recognised, digested, looked up in scope, shown masked, logged. The peer is the usual
way on the same rows in clear: Django's `icontains` over name, number, telephone and e-mail with PostgreSQL's
trigram indexes, as an admin's search box does it. The floor is the look-up statement alone, by psycopg.
"""

import logging
import random
from collections.abc import Iterable
from itertools import permutations
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection
from django.utils import timezone

from benchmarks.clear_copy import ClearCustomer, copy_in_clear
from benchmarks.measured import Measured
from benchmarks.population import analyse, as_web, give_accounts, populate
from customers.models import Agreement, Customer
from customers.rules.number import customer_no
from customers.rules.pinyin import syllables
from customers.selectors.customer import list_customers
from customers.selectors.gathering import Gathered, gather
from customers.selectors.search import SHORTEST_NAME, search
from security.access.actor import Actor, staff_actor
from security.models import Organisation, User

ROWS = 100_000
#: Texts asked of each kind, so many that one pause of the machine is no percentile; and searches of the peer, of which
#: each is slow.
TEXTS, PEERS = 300, 60
#: Pages asked of each list.
PAGES = 60
_LOOKUPS = ("panorama_lookup", "panorama_search", "panorama_golden")
#: A name and what else is known takes further statements, of which all count but those that write.
_ALL = ("SELECT",)
COMBINED = "with_"
#: Customers who have an account.
ACCOUNTS = 2_000
_LISTED = ('FROM "customers_customer"',)

#: Pages of the customer list, by how they are narrowed; a page after another begins at a customer taken by chance.
_PAGES: dict[str, dict[str, Any]] = {
    "list": {},
    "list_kind": {"filters": {"party_type": "CORPORATE"}},
    "list_status": {"filters": {"lifecycle_status": "DORMANT"}},
    "list_branch": {"filters": {"org": "110101"}},
    # of this branch the teller sees those only who have a record at its own too
    "list_elsewhere": {"filters": {"org": "310201"}},
    "list_after": {"after": True},
}

Texts = dict[str, list[str]]


def run(rows: int) -> Measured:
    """Searches a second; `kinds` with the milliseconds of the look-up statement of each kind."""
    populate(rows)
    give_accounts(ACCOUNTS)
    analyse()
    return measure(rows)


def measure(rows: int) -> Measured:
    """What is there, measured."""
    logging.disable(logging.INFO)
    last = Customer.objects.order_by("-pk").values_list("pk", flat=True)[0]
    texts = _texts(last)
    copy_in_clear()
    as_web()
    actor = staff_actor(User.objects.get(username="steward"), timezone.now())
    watch = _Watch(last)
    seconds = {kind: [watch.asked(actor, kind, text) for text in told] for kind, told in texts.items()}
    for name, told in _PAGES.items():
        watch.paged(actor, name, told)
        watch.paged(staff_actor(User.objects.get(username="teller"), timezone.now()), f"{name}_teller", told)
    ours = [one for told in seconds.values() for one in told]
    floor = [one for kind in texts for one in watch.sql[kind]]
    peer = [_peer(text) for kind in sorted(texts) for text in texts[kind][: PEERS // len(texts) + 1]]
    more = {
        "kinds": {kind: _quantiles(told) for kind, told in watch.sql.items()},
        "statements": max(watch.most.values()),
        "hits": {kind: round(sum(told) / len(told), 2) for kind, told in watch.hits.items()},
    }
    return Measured(rows, 1 / median(ours), 1 / median(peer), 1 / median(floor), more)


def _quantiles(seconds: list[float]) -> dict[str, float]:
    told = sorted(seconds)
    return {f"p{share}_ms": round(told[len(told) * share // 100] * 1000, 3) for share in (50, 99)}


class _Watch:
    """Searches and pages, and how long their statements take; `last` is the highest id of a customer."""

    def __init__(self, last: int) -> None:
        self._last = last
        self.sql: dict[str, list[float]] = {}
        self.most: dict[str, int] = {}
        self.hits: dict[str, list[int]] = {}
        self._names: tuple[str, ...] = ()
        self._taken: list[float] = []

    def asked(self, actor: Actor, kind: str, text: str) -> float:
        """Seconds of one search."""
        self._taken, self._names = [], _ALL if kind.startswith(COMBINED) else _LOOKUPS
        with connection.execute_wrapper(self._listen):
            begun = perf_counter()
            found = search(actor, text, at=timezone.now())
            taken = perf_counter() - begun
        self.sql.setdefault(kind, []).append(sum(self._taken))
        self.most[kind] = max(self.most.get(kind, 0), len(self._taken))
        self.hits.setdefault(kind, []).append(len(found.hits))
        return taken

    def paged(self, actor: Actor, kind: str, narrowed: dict[str, Any]) -> None:
        """Pages of a list."""
        chance = random.Random(11)  # noqa: S311 (where pages begin)
        for _turn in range(PAGES):
            after = chance.randint(1, self._last) if narrowed.get("after") else None
            self._taken, self._names = [], _LISTED
            with connection.execute_wrapper(self._listen):
                page = list_customers(
                    actor, at=timezone.now(), after=after, filters=narrowed.get("filters", {})
                )
            self.sql.setdefault(kind, []).append(sum(self._taken))
            self.hits.setdefault(kind, []).append(len(page.rows))

    def _listen(self, execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
        begun = perf_counter()
        told = execute(statement, params, many, context)
        if any(name in str(statement) for name in self._names) and "INSERT INTO" not in str(statement):
            self._taken.append(perf_counter() - begun)
        return told


def _peer(text: str) -> float:
    """Seconds in which the usual search box finds the first hits in clear columns."""
    begun = perf_counter()
    list(ClearCustomer.found(text)[:20])
    return perf_counter() - begun


def _texts(last: int) -> Texts:
    """What to ask, by kind, out of customers taken by chance."""
    chance = random.Random(7)  # noqa: S311 (which texts a benchmark asks for)
    ids = {chance.randint(1, last) for _ in range(TEXTS * 12)}
    ids |= set(Agreement.objects.values_list("customer_id", flat=True)[:TEXTS])
    found = gather(list(Customer.objects.filter(pk__in=sorted(ids)).values_list("pk", flat=True)))
    told = {
        kind: [text for text in dict.fromkeys(of) if len(text.strip()) >= SHORTEST_NAME]
        for kind, of in _told(found)
    }
    told["nobody"] = [
        f"{first}{second}" for first, second in permutations("龘靐齉爩鱻麤灪龖厵虋龗齾龞龝齺龢滎灩", 2)
    ]
    return {kind: chance.sample(of, min(TEXTS, len(of))) for kind, of in told.items() if of}


def _told(found: Gathered) -> Iterable[tuple[str, list[str]]]:
    """The texts of each kind."""
    people = [row["full_name"] for row in found["customer_name"] if row["full_name"]]
    han = [name for name in people if "一" <= name[0] <= "鿿" and len(name) >= 2]
    yield "customer_no", [customer_no(row["id"]) for row in found["customer"]]
    yield "source_key", [f"{row['source_system']}:{row['source_key']}" for row in found["customer"]]
    for kind in sorted({row["type"] for row in found["credential"]}):
        yield f"credential_{kind}", [r["number"] for r in found["credential"] if r["type"] == kind]
    yield "old_number", [_fifteen(row["number"]) for row in found["credential"] if row["type"] == "P01"]
    yield "account", [row["account_no"] for row in found["agreement"] if row["account_no"]]
    yield "phone", [row["number"] for row in found["phone"]]
    yield "email", [row["address"] for row in found["email"]]
    yield "name", han
    yield "name_prefix", [name[:2] for name in han]
    yield "pinyin", ["".join(syllables(name)) for name in han]
    yield "initials", ["".join(word[0] for word in syllables(name)) for name in han]
    yield "organisation", [r["registered_name"] for r in found["organisation_profile"]]
    yield from _combined(found)


def _fifteen(number: str) -> str:
    """A citizen number of eighteen digits as it was until 1999; none for who was born since 2000."""
    return number[:6] + number[8:17] if number[6:8] == "19" and len(number) == 18 else ""


def _combined(found: Gathered) -> Iterable[tuple[str, list[str]]]:
    """A name of two characters, which hundreds have, and what else is known of one of them; the last two do not say
    what it is: the text may be one name, and the year a number's end."""
    names = {row["customer_id"]: row["full_name"][:2] for row in found["customer_name"] if row["full_name"]}
    born = {row["customer_id"]: row["birth_date"] for row in found["person_profile"] if row["birth_date"]}
    ends = {row["customer_id"]: row["number"][-4:] for row in found["credential"] if row["type"] == "P01"}
    codes = dict(Organisation.objects.values_list("pk", "code"))
    at = {row["id"]: codes[row["org_id"]] for row in found["customer"]}
    place = {row["customer_id"]: row["city"] for row in found["address"] if row["city"]}
    known = {"born": born, "ends": ends, "branch": at, "place": place}
    for kind, told in known.items():
        yield f"{COMBINED}{kind}", [f"{names[pk]} {kind}:{told[pk]}" for pk in names if pk in told]
    yield f"{COMBINED}day", [f"{names[pk]} {born[pk]}" for pk in names if pk in born]
    yield f"{COMBINED}year", [f"{names[pk]} {born[pk].year}" for pk in names if pk in born]
