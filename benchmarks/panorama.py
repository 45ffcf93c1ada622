"""`manage.py benchmark panorama`: one customer, whole, through the WSGI stack.

Ours is `GET /api/v1/customers/{number}/panorama`: found in scope, gathered, decrypted, masked, logged. The
peer is what REST framework's nested serializers with prefetching give of the same rows; the floor fetches
them by one raw statement and does nothing with them; `empty` does nothing at all. All four stand behind the
same middleware, login, rate limit and rights, and run as the web's database role.
"""

import logging
import random
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from benchmarks.measured import Measured
from benchmarks.population import as_web, populate
from benchmarks.serving import SCOPES, Caller, issued_token
from customers.models import Customer
from customers.rules.number import customer_no
from mdm.storage import cache as kept

ROWS = 100_000
#: Customers asked for.
CUSTOMERS = 300
_KINDS = ("ours", "peer", "floor", "empty", "warm")
#: The same asked by who may not see history: our panorama without the newest changes beside a peer without them.
_PLAIN = {"plain": "ours", "plain_peer": "peer"}


@dataclass(slots=True)
class Times:
    """Seconds of each request of a kind."""

    seconds: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Requests a second at the median: what else the machine does slows some of them."""
        return 1 / median(self.seconds)

    def at(self, share: float) -> float:
        """A quantile in milliseconds."""
        return round(sorted(self.seconds)[int(len(self.seconds) * share)] * 1000, 2)


def run(rows: int) -> Measured:
    """Rates a second and ratios; `p50_ms` and `p99_ms` of ours with the cache off."""
    populate(rows)
    return measure(rows)


def measure(rows: int) -> Measured:
    """What is there, measured: each customer by every kind in turn, so that all have the same weather."""
    settings.ROOT_URLCONF = "benchmarks.panorama_peers"
    logging.disable(logging.INFO)  # two lines a request, which would be most of an empty one
    ids, members = _chosen()
    at = timezone.now()
    caller = Caller(issued_token(at))
    plain = Caller(issued_token(at, "benchmark_plain", SCOPES[:1]))
    as_web()
    asked = {kind: (caller, kind) for kind in _KINDS} | {name: (plain, kind) for name, kind in _PLAIN.items()}
    times = {name: Times() for name in asked}
    # else who comes first at each customer, which is ours, would read it from disk for the others
    for pk in ids:
        _timed(caller, "floor", pk)
    for turn, pk in enumerate([*ids[:20], *ids]):
        for name, (who, kind) in asked.items():
            taken = _timed(who, kind, pk)
            if turn >= len(ids[:20]):
                times[name].seconds.append(taken)
    told = {name: round(times[name].rate, 1) for name in ("warm", "empty", *_PLAIN)}
    more = {
        "p99_of_p50": {name: round(one.at(0.99) / one.at(0.5), 1) for name, one in times.items()},
        "p50_ms": times["ours"].at(0.5),
        "p99_ms": times["ours"].at(0.99),
        **told,
        "ratio_empty_warm": round(times["warm"].rate / times["empty"].rate, 2),
        "ratio_plain": round(times["plain"].rate / times["plain_peer"].rate, 2),
        "statements": _statements(caller, ids[0]),
        "members": members,
    }
    return Measured(rows, times["ours"].rate, times["peer"].rate, times["floor"].rate, more)


def _chosen() -> tuple[list[int], float]:
    """Golden customers by chance, every fifth of them of several records; and how many records on average."""
    alone = list(Customer.objects.filter(golden=None, members=[]).values_list("pk", flat=True))
    several = list(Customer.objects.filter(golden=None).exclude(members=[]).values_list("pk", flat=True))
    chance = random.Random(5)  # noqa: S311 (which customers a benchmark asks for)
    picked = chance.sample(alone, min(len(alone), CUSTOMERS * 4 // 5))
    picked += chance.sample(several, min(len(several), CUSTOMERS // 5))
    chance.shuffle(picked)
    told = Customer.objects.filter(pk__in=picked).values_list("members", flat=True)
    return picked, round(1 + sum(map(len, told)) / len(picked), 2)


def _path(kind: str, pk: int) -> str:
    if kind in ("ours", "warm"):
        return f"/api/v1/customers/{customer_no(pk)}/panorama"
    return f"/api/v1/benchmark/{kind}/{pk}"


def _timed(caller: Caller, kind: str, pk: int) -> float:
    """Seconds of one request; `warm` is the second of two with the cache on."""
    path = _path(kind, pk)
    with kept.switched(on=kind == "warm"):
        if kind == "warm":
            caller.get(path)
        begun = perf_counter()
        caller.get(path)
        return perf_counter() - begun


def _statements(caller: Caller, pk: int) -> dict[str, int]:
    """How many statements one request takes, and how many of them fetch what is known of the customer.

    RuntimeError unless that is one.
    """
    told: list[str] = []

    def listen(execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
        told.append(statement if isinstance(statement, str) else statement.as_string(None))
        return execute(statement, params, many, context)

    with kept.switched(on=False), connection.execute_wrapper(listen):
        caller.get(_path("ours", pk))
    rows = sum('FROM "customers_phone"' in statement for statement in told)
    if rows != 1:
        raise RuntimeError(f"the rows of a panorama take {rows} statements")
    return {"all": len(told), "rows": rows}
