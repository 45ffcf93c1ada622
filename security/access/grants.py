"""From a stored grant to the right it confers: scope, filters of the allow-list, what the role hides and locks."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from mdm.errors import FieldError, Invalid, Text
from security.access.compiled import Compiled
from security.access.rights import EVERYWHERE, Right, on_customers
from security.models import Grant, GrantScope, Organisation, Role, User

#: What a grant may be narrowed by (domain 5.2), and how the reader's language calls it.
FILTERS: dict[str, Text] = {
    "party_type": _("kind of customer"),
    "segment": _("segment"),
    "manager": _("account manager (user names)"),
    "protected": _("protected customers that may be seen"),
}
#: Why a customer may be protected.
GUARDS: dict[str, Text] = {
    "STAFF": _("member of staff"),
    "VIP": _("very important person"),
    "PEP": _("politically exposed person"),
    "COURT": _("court or regulator"),
    "OTHER": _("other reason"),
}
#: The most values that one filter names.
MOST = 50


def grants_in_force(user: User, at: datetime) -> Iterable[Grant]:
    """A user's grants that hold at `at`, with role and branch."""
    return _IN_FORCE(user=user.pk, at=at)


def _held(user: int, at: datetime) -> QuerySet[Grant]:
    started = Q(valid_from=None) | Q(valid_from__lte=at)
    running = Q(valid_to=None) | Q(valid_to__gt=at)
    return Grant.objects.filter(started, running, user=user).select_related("role", "org")


_IN_FORCE = Compiled(_held, user=-7, at=datetime(1, 1, 1, tzinfo=UTC))


def right_of(grant: Grant) -> Right:
    """The right that a grant confers. One that only some customers of a branch are left of gives no right
    on anything else than customers: a filter on customers says nothing of runs or accounts."""
    role = grant.role
    tags = _tags(grant)
    permissions = frozenset(p for p in role.permissions if not tags or on_customers(p))
    everywhere = grant.scope in (GrantScope.ALL, GrantScope.PARENT_CHAIN)
    return Right(
        permissions,
        None if everywhere else grant.org_id,
        also_at=frozenset(grant.nodes) if grant.scope == GrantScope.LIST else frozenset(),
        tags=tags,
        guarded=frozenset(grant.filters.get("protected", ())),
        profile=role.mask_profile,
        hidden=frozenset(role.hidden_fields),
        locked=frozenset(role.locked_fields),
        origin=f"{role.code}#{grant.pk}",
    )


def _tags(grant: Grant) -> tuple[frozenset[str], ...]:
    """One group of tags for each filter, and for scopes that are not a branch and all below it."""
    groups = [
        frozenset(f"{name}:{value}" for value in values)
        for name, values in sorted(grant.filters.items())
        if name in FILTERS and name != "protected"
    ]
    if grant.scope == GrantScope.SELF:
        groups.append(frozenset({f"org:{grant.org_id}"}))
    if grant.scope == GrantScope.PARENT_CHAIN:
        groups.append(frozenset(f"org:{node}" for node in grant.org.path if node != EVERYWHERE))
    return tuple(groups)


def checked_filters(told: Mapping[str, Any]) -> dict[str, list[str]]:
    """Filters as they are stored: only names of the allow-list, each with a list of values.

    Account managers are told by user name and kept by id. Raises Invalid `grant.filter`.
    """
    wrong = [name for name in told if name not in FILTERS or not _is_values(told[name])]
    if wrong:
        raise _refused(wrong[0])
    found = {name: sorted(set(values)) for name, values in told.items() if values}
    if not set(found.get("protected", ())) <= set(GUARDS):
        raise _refused("protected")
    if "manager" in found:
        found["manager"] = _managers(found["manager"])
    return found


def _is_values(values: Any) -> bool:
    return (
        isinstance(values, list)
        and len(values) <= MOST
        and all(isinstance(value, str) and 0 < len(value) <= 60 for value in values)
    )


def _managers(names: list[str]) -> list[str]:
    ids = User.objects.filter(username__in=names).values_list("pk", flat=True)
    if len(ids) != len(names):
        raise _refused("manager")
    return sorted(str(pk) for pk in ids)


def _refused(name: str) -> Invalid:
    text = _("This filter is not among those a grant may have.")
    return Invalid("grant.filter", text, [FieldError(f"/filters/{name}", "grant.filter", text)])


def checked_nodes(scope: str, nodes: Iterable[Organisation]) -> list[int]:
    """The further branches of a list; Invalid `grant.scope` for a scope that is none, or has none to list."""
    ids = sorted({node.pk for node in nodes})
    if scope not in GrantScope.values or (ids and scope != GrantScope.LIST):
        text = _("This scope is none, or does not go with a list of branches.")
        raise Invalid("grant.scope", text, [FieldError("/scope", "grant.scope", text)])
    return ids


def permissions_of(roles: Iterable[Role]) -> frozenset[str]:
    """What some roles allow together."""
    return frozenset().union(*(role.permissions for role in roles))
