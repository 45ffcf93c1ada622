"""One right: permissions, the branches they are held at, and what narrows them there.

A grant (user, role, node, scope, filters) becomes one `Right`. Whether it reaches a customer is decided
by four columns of the customer's row, which `customers.models.derived` computes over all members of a
golden customer: `org_path` (branches from head office down), `scope_tags` (`org:7`, `party_type:PERSON`,
`segment:VIP`, `manager:12`), `guarded` (why it is protected: `STAFF`, `VIP`, `PEP`) and its id. The same
decision exists once more in SQL, as the row-level security of `security/access/policies.py`; a test
holds the two against each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

#: The node above every branch: each organisation path begins with it, so a right held there is held everywhere.
EVERYWHERE = 0
#: Among protected kinds: all of them. Held by systems of the product, and by nobody else.
ANY_GUARD = "*"
#: Rights on things other than single customers; every other right is one on customers' rows.
#: A grant that a filter or a scope narrows to some customers gives none of these.
NOT_ON_CUSTOMERS = (
    "load.",
    "consolidate.",
    "reject.",
    "audit.",
    "user.",
    "key.",
    "access.",
    "alert.",
    "breakglass.",
    "job.",
    "batch.",
    "export.",
    "approval.",
    "quality.",
    "event.",
    "system.",
    "report.",
    "integrity.",
)


def on_customers(permission: str) -> bool:
    """Whether a permission is one on single customers, which filters and protection narrow."""
    return not permission.startswith(NOT_ON_CUSTOMERS)


#: Rights to which protection does not count: who protects customers must be able to take protection away.
GUARD_FREE = frozenset({"customer.protect"})


def guarded_by(permission: str) -> bool:
    """Whether protection narrows a permission: those on customers, but for the one that sets protection."""
    return on_customers(permission) and permission not in GUARD_FREE


class Placed(Protocol):
    """A customer's row as rights see it."""

    pk: int
    golden_id: int | None
    org_path: list[int]
    scope_tags: list[str]
    guarded: list[str]


@dataclass(frozen=True, slots=True)
class Right:
    """Permissions held at one branch and everything below it (`org_id` None: everywhere).

    `also_at` names further branches (scope LIST). `tags` narrows to customers that bear one tag of each
    group; `guarded` names the kinds of protected customers that are seen too. `profile` (empty:
    the actor's own), `hidden` and `locked` say how its holder sees customers and what may not be changed;
    `origin` where it comes from.
    """

    permissions: frozenset[str]
    org_id: int | None
    also_at: frozenset[int] = frozenset()
    tags: tuple[frozenset[str], ...] = ()
    guarded: frozenset[str] = frozenset()
    profile: str = ""
    hidden: frozenset[str] = frozenset()
    locked: frozenset[str] = frozenset()
    origin: str = ""

    @property
    def orgs(self) -> frozenset[int]:
        """The branches, EVERYWHERE for all."""
        return frozenset({EVERYWHERE if self.org_id is None else self.org_id}) | self.also_at

    @property
    def plain(self) -> bool:
        """Whether nothing but branches decides: no filter, no protected customers."""
        return not self.tags and not self.guarded

    def at(self, path: Iterable[int]) -> bool:
        """Whether it is held at a branch path."""
        return not {EVERYWHERE, *path}.isdisjoint(self.orgs)

    def bears(self, tags: Iterable[str]) -> bool:
        """Whether every filter lets these tags through."""
        told = frozenset(tags)
        return all(group & told for group in self.tags)

    def guards(self, kinds: Iterable[str]) -> bool:
        """Whether it lets protected customers of all these kinds through."""
        return ANY_GUARD in self.guarded or frozenset(kinds) <= self.guarded

    def covers(self, row: Placed, permission: str = "") -> bool:
        """Whether it reaches a customer, for one of its permissions."""
        unguarded = permission in GUARD_FREE
        return (
            self.at(row.org_path) and self.bears(row.scope_tags) and (unguarded or self.guards(row.guarded))
        )
