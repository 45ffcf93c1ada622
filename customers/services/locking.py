"""The one rule by which writers lock customers: whom it is about, the golden one and all its members, by id.

Whoever writes a row of one member writes what is derived of all (`settle_paths`). Each writer takes all
their locks at once and in the same order, so nobody waits for another in a circle.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

from customers.models import Customer

P = ParamSpec("P")
R = TypeVar("R")

_FAMILIES = """
SELECT DISTINCT unnest(g.id || g.members) FROM customers_customer g
WHERE g.id IN (SELECT coalesce(golden_id, id) FROM customers_customer WHERE id = ANY(%s))
"""
#: deadlock_detected, serialization_failure: what PostgreSQL asks to be done again.
_AGAIN = ("40P01", "40001")


class _MovedError(Exception):
    """Somebody joined the family while we waited."""


def lock(ids: Iterable[int]) -> dict[int, Customer]:
    """Lock customers with their golden one and its members until the transaction ends. Returns all of them.

    Customers that are not there, or out of the scope of row-level security, are left out.
    """
    wanted = list(ids)
    while True:
        try:
            with transaction.atomic():
                return _locked(wanted)
        except _MovedError:
            continue


def _locked(wanted: list[int]) -> dict[int, Customer]:
    """One try, in a savepoint: to come back for one more would be out of order, so all locks are given up."""
    together = _families(wanted)
    rows = Customer.objects.select_for_update(no_key=True).filter(pk__in=together).order_by("pk")
    locked = {customer.pk: customer for customer in rows}
    if not _families(wanted) <= together:
        raise _MovedError
    return locked


def _families(ids: list[int]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(_FAMILIES, [ids])
        return {row[0] for row in cursor.fetchall()}


def done_again(work: Callable[P, R]) -> Callable[P, R]:
    """A service that is done once more where the database gave it up for another writer's sake.

    Inside a caller's transaction it is the caller's to do again.
    """

    @wraps(work)
    def once_more(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(*args, **kwargs)
        except OperationalError as given_up:
            if connection.in_atomic_block or _state(given_up) not in _AGAIN:
                raise
        return work(*args, **kwargs)

    return once_more


def _state(error: OperationalError) -> str | None:
    """The SQLSTATE that psycopg gives."""
    return getattr(error.__cause__, "sqlstate", None)
