"""Accounts, grants, roles and branches as those may see them who manage users."""

from collections.abc import Mapping

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from mdm.errors import NotFound
from security.access.actor import Actor
from security.models import Grant, Organisation, Role, User

MANAGE = "user.manage"


def visible_users(actor: Actor) -> QuerySet[User]:
    """Accounts of the branches at which the actor manages users; all of them for an actor of everywhere."""
    actor.require(MANAGE)
    return User.objects.select_related("org").filter(_below(actor, "org__path"))


def visible_grants(actor: Actor) -> QuerySet[Grant]:
    """Grants at the branches at which the actor manages users."""
    actor.require(MANAGE)
    return Grant.objects.select_related("user", "role", "org").filter(_below(actor, "org__path"))


def visible_branches(actor: Actor) -> QuerySet[Organisation]:
    """The branches at which the actor manages users."""
    actor.require(MANAGE)
    return Organisation.objects.select_related("parent").filter(_below(actor, "path"))


def roles(actor: Actor) -> QuerySet[Role]:
    """Every role."""
    actor.require(MANAGE)
    return Role.objects.all()


def may_manage_at(actor: Actor, org: Organisation) -> bool:
    """Whether the actor manages users at a branch."""
    orgs = actor.orgs(MANAGE)
    return orgs is None or bool(orgs & set(org.path))


def get_user(actor: Actor, user_id: int, *, lock: bool = False) -> User:
    """One account. NotFound `user.unknown` where there is none, or it or one of its roles is out of scope."""
    rows = visible_users(actor)
    found = (rows.select_for_update(of=("self",)) if lock else rows).filter(pk=user_id).first()
    if found is None or not _manages_all_grants(actor, found):
        raise NotFound("user.unknown", _("There is no such account."))
    return found


def _manages_all_grants(actor: Actor, user: User) -> bool:
    """Whether every branch at which the account holds a role is one at which the actor manages users:
    who sets a password could else take over rights that lie above their own."""
    return all(may_manage_at(actor, given.org) for given in user.grants.select_related("org"))


def _below(actor: Actor, path: str) -> Q:
    orgs = actor.orgs(MANAGE)
    return Q() if orgs is None else Q(**{f"{path}__overlap": sorted(orgs)})


def narrowed(rows: QuerySet[User], filters: Mapping[str, str]) -> QuerySet[User]:
    """Accounts by `org` (code), `active` (yes, no) and `name` (how the user name begins)."""
    found = rows
    if filters.get("org"):
        found = found.filter(org__code=filters["org"])
    if filters.get("active"):
        found = found.filter(is_active=filters["active"] == "yes")
    return found.filter(username__startswith=filters["name"]) if filters.get("name") else found
