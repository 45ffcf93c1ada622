"""Separation of duties, asked before a right is given."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mdm.errors import FieldError, Invalid
from security.access.duties import conflicts
from security.access.grants import permissions_of
from security.access.persons import accounts_of
from security.models import ApiClient, DutyPair, Grant, Role, User

#: What rules the product itself: a system that holds it holds nothing that must lie in other hands.
_RULING = frozenset({"user.manage", "key.manage"})


def refuse_conflicts(
    user: User, role: Role, valid_from: datetime | None, valid_to: datetime | None, at: datetime
) -> None:
    """Raise Invalid `grant.duties` where a role would give a person two rights that lie in different hands,
    at any moment of its time and anywhere in the bank. A system may hold any pair but those with accounts or
    keys on one side, as far as its scopes let it."""
    if user.is_staff:
        found = conflicts(permissions_of([role, *_beside(user, role, valid_from or at, valid_to)]))
    else:
        roles = [
            role,
            *_roles(user.grants.select_related("role").exclude(role=role), valid_from or at, valid_to),
        ]
        found = _of_system(user, permissions_of(roles))
    if found:
        raise _refused("role", [f"{pair} ({_why(pair)})" for pair in found])


def refuse_person(user: User, at: datetime) -> None:
    """Raise Invalid `grant.duties` where an account, as it stands unsaved, makes one person of accounts that
    hold such a pair between them from `at` on."""
    if not user.is_staff:
        return
    theirs = Q(user__in=accounts_of(user).filter(is_staff=True)) | Q(user=user)
    grants = Grant.objects.filter(theirs, Q(valid_to=None) | Q(valid_to__gt=at)).select_related("role")
    found = conflicts(permissions_of(grant.role for grant in grants))
    if found:
        raise _refused("staff_no", [f"{pair} ({_why(pair)})" for pair in found])


def refuse_role(role: Role, permissions: Iterable[str]) -> None:
    """Raise Invalid `grant.duties` where a role would hold such a pair, alone or with what a holder has besides."""
    wanted = set(permissions)
    found = {str(pair) for pair in conflicts(wanted)}
    for user in User.objects.filter(grants__role=role, is_staff=True).distinct():
        grants = _grants_of(user).exclude(role=role)
        others = permissions_of(grant.role for grant in grants)
        found |= {str(pair) for pair in conflicts(wanted | others)}
    for system in User.objects.filter(grants__role=role, is_staff=False).distinct():
        others = permissions_of(
            grant.role for grant in system.grants.select_related("role").exclude(role=role)
        )
        found |= {str(pair) for pair in _of_system(system, wanted | others)}
    if found:
        raise _refused("permissions", sorted(found))


def _of_system(system: User, permissions: Iterable[str]) -> list[DutyPair]:
    """The pairs that a client system would hold and must not: whoever has its token has both halves."""
    client = ApiClient.objects.filter(user=system).first()
    held = set(permissions) & set(client.scopes) if client else set(permissions)
    return [pair for pair in conflicts(held) if not _RULING.isdisjoint((pair.one, pair.other))]


def _beside(user: User, role: Role, begin: datetime, end: datetime | None) -> list[Role]:
    """The roles a person holds at some moment of a time, by whatever account."""
    return _roles(_grants_of(user).exclude(role=role), begin, end)


def _roles(grants: QuerySet[Grant], begin: datetime, end: datetime | None) -> list[Role]:
    """The roles of those grants that hold at some moment of a time."""
    meets = Q(valid_to=None) | Q(valid_to__gt=begin)
    if end is not None:
        meets &= Q(valid_from=None) | Q(valid_from__lt=end)
    return [grant.role for grant in grants.filter(meets)]


def _grants_of(user: User) -> QuerySet[Grant]:
    """What a person holds by all their accounts; not what the systems hold that they answer for."""
    accounts = accounts_of(user).filter(is_staff=True)
    return Grant.objects.filter(user__in=accounts).select_related("role")


def _why(pair: object) -> str:
    chinese = (get_language() or "").startswith("zh")
    return str(getattr(pair, "why_zh" if chinese else "why_en"))


def _refused(place: str, pairs: list[str]) -> Invalid:
    text = _("These rights must lie in different hands: %s") % "; ".join(pairs)
    return Invalid("grant.duties", text, [FieldError(f"/{place}", "grant.duties", text)])
