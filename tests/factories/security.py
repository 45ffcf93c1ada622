"""Branches, staff and client systems."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from security.access.actor import EVERYWHERE, Actor, staff_actor, system_actor
from security.access.roles import PERMISSIONS, seed_roles
from security.models import ApiClient, Grant, Organisation, Role, User
from security.services import clients

#: The time of tests that do not care: a moment when every grant is in force.
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


def branch(code: str = "1000", parent: Organisation | None = None) -> Organisation:
    """A branch below `parent`, head office without one."""
    found = Organisation.objects.filter(code=code).first()
    if found:
        return found
    made = Organisation.objects.create(
        code=code, name_zh=f"机构{code}", name_en=f"Branch {code}", parent=parent
    )
    made.path = [*(parent.path if parent else [EVERYWHERE]), made.pk]
    made.save(update_fields=["path"])
    return made


def grant(user: User, role: str, org: Organisation) -> Grant:
    """A role at a branch and below, without end."""
    seed_roles()
    return Grant.objects.create(user=user, role=Role.objects.get(code=role), org=org)


def member_of_staff(
    username: str, *roles: str, org: Organisation | None = None, staff_no: str | None = None
) -> User:
    """Somebody who signs in with PASSWORD and holds the roles at the branch: a person of their own, unless
    `staff_no` says whose second account it is."""
    home = org or branch()
    user = User.objects.create_user(username, password=PASSWORD, org=home, is_staff=True)
    number = f"T{user.pk}" if staff_no is None else staff_no
    User.objects.filter(pk=user.pk).update(staff_no=number)
    user.staff_no = number
    for role in roles:
        grant(user, role, home)
    return user


def staff(username: str, *roles: str, org: Organisation | None = None, at: datetime = NOW) -> Actor:
    """The actor of a new member of staff."""
    return staff_actor(member_of_staff(username, *roles, org=org), at)


def everything(name: str = "test") -> Actor:
    """A system that may do everything everywhere."""
    return system_actor(name, PERMISSIONS)


def client_system(
    client_id: str = "core-bank",
    *,
    scopes: Sequence[str] = tuple(PERMISSIONS),
    roles: Sequence[str] = (),
    org: Organisation | None = None,
    lifetime: timedelta | None = None,
    answerable: str = "",
) -> tuple[ApiClient, str]:
    """A client system of a branch and its token; `roles` come on top of `client_system`."""
    seed_roles()
    home = org or branch()
    issued = clients.issue(
        everything(),
        client_id,
        name=client_id.title(),
        org_code=home.code,
        scopes=scopes,
        at=NOW,
        expires_at=datetime.now(UTC) + lifetime if lifetime else None,
        answerable=answerable,
    )
    for role in roles:
        grant(issued.client.user, role, home)
    return issued.client, issued.token
