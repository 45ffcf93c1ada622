"""The actor: who does something, with which rights, where. Passed as an argument, never looked up."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mdm.errors import NotAllowed
from security.models import Grant, Role, User

Kind = Literal["staff", "client", "system"]

#: The right of a role that decides how values are masked.
SEES_CUSTOMERS = "customer.view"

#: The node above every branch: each organisation path begins with it, so a right held there is held everywhere.
EVERYWHERE = 0


@dataclass(frozen=True, slots=True)
class Right:
    """Permissions held at one branch and everything below it (`org_id` None: everywhere)."""

    permissions: frozenset[str]
    org_id: int | None


@dataclass(frozen=True, slots=True)
class Approval:
    """The approval under which an actor acts: the change request, what it allows, and who approved."""

    request_id: int
    operation: str
    target: str
    approvers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `org_code` is the home branch, `channel` the door (COUNTER, API, BATCH, SYSTEM)."""

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
    approval: Approval | None = field(default=None, compare=False)

    def may(self, permission: str) -> bool:
        """Whether the permission is held anywhere."""
        return any(permission in right.permissions for right in self.rights)

    def require(self, permission: str) -> None:
        """Raise NotAllowed where the permission is held nowhere."""
        if not self.may(permission):
            raise NotAllowed("access.denied", _("You do not have the right “%s”.") % permission)

    def orgs(self, permission: str) -> frozenset[int] | None:
        """The branches at which the permission is held; None for everywhere."""
        held = {right.org_id for right in self.rights if permission in right.permissions}
        return None if None in held else frozenset(org for org in held if org is not None)

    def may_at(self, permission: str, path: Iterable[int]) -> bool:
        """Whether the permission is held at a branch path (a customer's `org_path`)."""
        orgs = self.orgs(permission)
        return self.may(permission) if orgs is None else bool(orgs & set(path))

    def asking(self, request_id: str, address: str | None = None) -> "Actor":
        """The same actor inside one request."""
        return replace(self, request_id=request_id, address=address)


def staff_actor(user: User, at: datetime, channel: str = "COUNTER") -> Actor:
    """The actor of a signed-in user at `at`: every role granted and in force; none when inactive."""
    grants = list(_grants_in_force(user, at)) if user.is_active else []
    return Actor(
        name=user.get_username(),
        kind="client" if channel == "API" else "staff",
        rights=tuple(Right(frozenset(grant.role.permissions), grant.org_id) for grant in grants),
        user_id=user.pk,
        roles=tuple(sorted({grant.role.code for grant in grants})),
        org_code=user.org.code if user.org else "",
        channel=channel,
        mask_profile=_mask_of(grant.role for grant in grants),
        language=user.language,
    )


def system_actor(name: str, permissions: Iterable[str], channel: str = "SYSTEM") -> Actor:
    """An actor of the product itself, one a channel: `system:load`, `system:consolidate` and so on."""
    return Actor(f"system:{name}", "system", (Right(frozenset(permissions), None),), channel=channel)


def _grants_in_force(user: User, at: datetime) -> Iterable[Grant]:
    started = Q(valid_from=None) | Q(valid_from__lte=at)
    running = Q(valid_to=None) | Q(valid_to__gt=at)
    return user.grants.filter(started, running).select_related("role")


def _mask_of(roles: Iterable[Role]) -> str:
    """The strictest mask of the roles that see customers; the strictest of all for who sees none."""
    profiles = {role.mask_profile for role in roles if SEES_CUSTOMERS in role.permissions}
    return "standard" if profiles == {"standard"} else "strict"
