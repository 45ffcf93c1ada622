"""The actor: who does something, with which rights, where. Passed as an argument, never looked up."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from django.utils.translation import gettext_lazy as _

from mdm.errors import NotAllowed
from security.access.approval import Approval
from security.access.exceptions import NONE, Exceptions, exceptions_of
from security.access.grants import grants_in_force, right_of
from security.access.rights import ANY_GUARD, EVERYWHERE, Placed, Right
from security.access.sight import Sight, matches, strictest
from security.models import User

__all__ = ["EVERYWHERE", "Actor", "Kind", "Right", "staff_actor", "system_actor"]

Kind = Literal["staff", "client", "system"]

#: The right of a role that decides how values are masked.
SEES_CUSTOMERS = "customer.view"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `org_code` is the home branch, `channel` the door (COUNTER, API, BATCH, SYSTEM).

    `mask_profile` is the strictest mask of all the actor's rights, for what belongs to no customer;
    a customer is shown by `sight`.
    """

    name: str
    kind: Kind
    rights: tuple[Right, ...]
    user_id: int | None = None
    roles: tuple[str, ...] = ()
    org_code: str = ""
    channel: str = "SYSTEM"
    mask_profile: str = "standard"
    request_id: str = ""
    address: str | None = None
    language: str = field(default="", compare=False)
    exceptions: Exceptions = NONE
    approval: Approval | None = field(default=None, compare=False)

    def may(self, permission: str) -> bool:
        """Whether the permission is held anywhere."""
        return any(permission in right.permissions for right in self.rights)

    def require(self, permission: str) -> None:
        """Raise NotAllowed where the permission is held nowhere."""
        if not self.may(permission):
            raise NotAllowed("access.denied", _("You do not have the right “%s”.") % permission)

    def held(self, permission: str) -> tuple[Right, ...]:
        """The rights that hold a permission."""
        return tuple(right for right in self.rights if permission in right.permissions)

    def orgs(self, permission: str) -> frozenset[int] | None:
        """The branches at which the permission is held; None for everywhere. Filters are not looked at."""
        found = frozenset().union(*(right.orgs for right in self.held(permission)))
        return None if EVERYWHERE in found else found

    def may_at(self, permission: str, path: Iterable[int]) -> bool:
        """Whether the permission is held at a branch path (a customer's `org_path`); for branches, not customers."""
        told = list(path)
        return any(right.at(told) for right in self.held(permission))

    def may_place(self, permission: str, path: Iterable[int], tags: Iterable[str]) -> bool:
        """Whether a customer at a branch path with these tags may be made or moved there."""
        told = list(path)
        return any(right.at(told) and right.bears(tags) for right in self.held(permission))

    def may_on(self, permission: str, row: Placed) -> bool:
        """Whether the permission reaches one customer: by a grant or an exception, and not closed."""
        if _closed(self.exceptions, row) or not self.may(permission):
            return False
        opened = row.pk in self.exceptions.opened(permission)
        return opened or any(right.covers(row, permission) for right in self.held(permission))

    def sight(self, row: Placed) -> Sight:
        """How this actor sees one customer: the strictest mask of the rights that reach it; a field is
        hidden where each of them hides it."""
        seen = [right for right in self.held(SEES_CUSTOMERS) if right.covers(row)]
        return self._sight(seen or self.held(SEES_CUSTOMERS))

    def sight_anywhere(self) -> Sight:
        """How this actor sees what no customer's row can be asked for: the strictest of all."""
        return self._sight(self.held(SEES_CUSTOMERS))

    @property
    def one_sight(self) -> Sight | None:
        """How this actor sees every customer, where all its rights agree on it; else None."""
        told = {(right.profile, right.hidden) for right in self.held(SEES_CUSTOMERS)}
        return self.sight_anywhere() if len(told) <= 1 else None

    def _sight(self, seen: Iterable[Right]) -> Sight:
        rights = list(seen)
        if self.kind == "system":
            return Sight(self.mask_profile)
        hidden = frozenset.intersection(*(right.hidden for right in rights)) if rights else frozenset()
        return Sight(strictest(right.profile or self.mask_profile for right in rights), hidden)

    def locked(self, permission: str, row: Placed, facet: str, names: Iterable[str]) -> list[str]:
        """Which fields of a facet every right that reaches the customer keeps from being changed."""
        rights = [right for right in self.held(permission) if right.covers(row)] or self.held(permission)
        return [name for name in sorted(names) if all(matches(right.locked, facet, name) for right in rights)]

    def asking(self, request_id: str, address: str | None = None) -> "Actor":
        """The same actor inside one request."""
        return replace(self, request_id=request_id, address=address)


def _closed(exceptions: Exceptions, row: Placed) -> bool:
    return row.pk in exceptions.closed


def staff_actor(user: User, at: datetime, channel: str = "COUNTER") -> Actor:
    """The actor of a signed-in user at `at`: every role granted and in force; none when inactive."""
    grants = list(grants_in_force(user, at)) if user.is_active else []
    rights = tuple(right_of(grant) for grant in grants)
    return Actor(
        name=user.get_username(),
        kind="client" if channel == "API" else "staff",
        rights=rights,
        user_id=user.pk,
        roles=tuple(sorted({grant.role.code for grant in grants})),
        org_code=user.org.code if user.org else "",
        channel=channel,
        mask_profile=strictest(right.profile for right in rights if SEES_CUSTOMERS in right.permissions),
        language=user.language,
        exceptions=exceptions_of(user.pk, at) if grants else NONE,
    )


def system_actor(name: str, permissions: Iterable[str], channel: str = "SYSTEM") -> Actor:
    """An actor of the product itself, one a channel: `system:load`, `system:consolidate` and so on."""
    right = Right(frozenset(permissions), None, guarded=frozenset({ANY_GUARD}))
    return Actor(f"system:{name}", "system", (right,), channel=channel)
