"""Explicit exceptions to row scope: single customers opened to, or closed for, one user or a group, for a time.

guardian's tables hold them (`security.models.exceptions`). An exception widens where a right is held, never
what may be done: who holds `customer.view` nowhere sees a shared customer no more than any other.
Closing wins over every grant and over opening.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from security.access.prepared import fetch

#: What an exception is called in guardian's tables -> the rights it carries to the customer; closing carries none.
OPENS_READING = "view_customer"
OPENS_WRITING = "change_customer"
CLOSES = "close_customer"
_READING = frozenset({"customer.view", "customer.history"})
_WRITING = frozenset({"customer.change", "credential.change"})

_IN_FORCE = """
SELECT e.codename, array_agg(DISTINCT e.object_pk::bigint) FROM (
    SELECT p.codename, u.object_pk, u.expires_at FROM security_userexception u
    JOIN auth_permission p ON p.id = u.permission_id WHERE u.user_id = %(user)s
    UNION ALL
    SELECT p.codename, g.object_pk, g.expires_at FROM security_groupexception g
    JOIN security_user_groups m ON m.group_id = g.group_id
    JOIN auth_permission p ON p.id = g.permission_id WHERE m.user_id = %(user)s
) e WHERE e.codename = ANY(%(names)s) AND (e.expires_at IS NULL OR e.expires_at > %(at)s) GROUP BY e.codename
"""


@dataclass(frozen=True, slots=True)
class Exceptions:
    """The customers opened to and closed for one user, by id, each with all that count for the same golden one."""

    reading: frozenset[int] = frozenset()
    writing: frozenset[int] = frozenset()
    closed: frozenset[int] = frozenset()

    def opened(self, permission: str) -> frozenset[int]:
        """The customers at which a permission that is held somewhere holds besides."""
        if permission in _READING:
            return (self.reading | self.writing) - self.closed
        return self.writing - self.closed if permission in _WRITING else frozenset()


NONE = Exceptions()


def exceptions_of(user_id: int, at: datetime) -> Exceptions:
    """What holds for a user at `at`, given to the user or to a group the user is in."""
    names: dict[str, Any] = {"user": user_id, "at": at, "names": [OPENS_READING, OPENS_WRITING, CLOSES]}
    found: dict[str, list[int]] = dict(fetch(_IN_FORCE, names))
    if not found:
        return NONE
    return Exceptions(
        _family(found.get(OPENS_READING)), _family(found.get(OPENS_WRITING)), _family(found.get(CLOSES))
    )


def _family(ids: list[int] | None) -> frozenset[int]:
    """These customers and all that count for the same golden ones (`customers` defines the function)."""
    if not ids:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM panorama_family(%s::bigint[])", [ids])
        return frozenset(row[0] for row in cursor.fetchall())
