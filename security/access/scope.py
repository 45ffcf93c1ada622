"""Row scope: the one place that narrows reads to the customers an actor may see.

Twice: as a filter that uses the index on `org_path`, and as settings that the row-level security
policies of the web role read (`security.access.policies`), so that a forgotten filter shows nothing.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db import connection, transaction
from django.db.models import Model, Q, QuerySet

from security.access.actor import EVERYWHERE, Actor
from security.access.prepared import fetch
from security.access.rights import ANY_GUARD, Right, guarded_by

M = TypeVar("M", bound=Model)

#: The PostgreSQL setting that the policies read: an array literal of branch ids, for rights that only
#: branches decide.
SETTING = "panorama.orgs"
#: The setting with everything else, as JSON: rights with filters, exceptions. Empty for nearly everybody.
SPECIAL = "panorama.scope"


def scope_q(actor: Actor, permission: str, path: str = "org_path", customers: bool = True) -> Q:
    """Rows that the permission reaches. `path` leads to the branch path; rows of `customers` also have,
    beside it, what filters and protection ask for."""
    if not customers:
        orgs = actor.orgs(permission)
        return Q() if orgs is None else Q(**{f"{path}__overlap": sorted(orgs)})
    prefix = path.removesuffix("org_path")
    owner = f"{prefix.removesuffix('__')}_id__in" if prefix else "pk__in"
    clauses = [_clause(right, prefix, permission) for right in actor.held(permission)]
    opened, closed = actor.exceptions.opened(permission), actor.exceptions.closed
    clauses += [Q(**{owner: sorted(opened)})] if opened else []
    reached = Q() if not all(clauses) else reduce(or_, clauses, Q(pk__in=[]))
    return reached & ~Q(**{owner: sorted(closed)}) if closed else reached


def _clause(right: Right, prefix: str, permission: str) -> Q:
    """What one right reaches; an empty condition where that is everything."""
    found = Q() if EVERYWHERE in right.orgs else Q(**{f"{prefix}org_path__overlap": sorted(right.orgs)})
    for group in right.tags:
        found &= Q(**{f"{prefix}scope_tags__overlap": sorted(group)})
    if ANY_GUARD in right.guarded or not guarded_by(permission):
        return found
    return found & Q(**{f"{prefix}guarded__contained_by": sorted(right.guarded)})


def scoped(rows: QuerySet[M], actor: Actor, permission: str, path: str = "org_path") -> QuerySet[M]:
    """`rows` narrowed to what the actor may see; NotAllowed where the permission is held nowhere."""
    actor.require(permission)
    return rows.filter(scope_q(actor, permission, path, customers=_has_tags(rows.model, path)))


def _has_tags(model: type[Model], path: str) -> bool:
    """Whether a branch path is that of a customer, which has filters' columns beside it."""
    *links, _name = path.split("__")
    for link in links:
        model = model._meta.get_field(link).related_model  # type: ignore[assignment]
    try:
        model._meta.get_field("scope_tags")
    except FieldDoesNotExist:
        return False
    return True


def scope_setting(actor: Actor, permission: str) -> str:
    """What the policies are told of branches: an array literal of their ids (`{}` sees nothing)."""
    return _settings(actor, permission)[0]


def _settings(actor: Actor, permission: str) -> tuple[str, str]:
    """What the policies are told of branches, and besides."""
    special = special_setting(actor, permission)
    told = [right.orgs for right in actor.held(permission) if special == ANY_GUARD or right.plain]
    held: frozenset[int] = frozenset().union(*told)
    orgs = [EVERYWHERE] if EVERYWHERE in held else sorted(held)
    return "{" + ",".join(map(str, orgs)) + "}", special


def special_setting(actor: Actor, permission: str) -> str:
    """What the policies are told besides: rights that more than branches decide, and exceptions, as JSON.

    Empty where branches decide for customers that are not protected; `*` where protection does not count:
    for systems of the product, and for rights that are not on customers (a load brings protected ones too).
    """
    rights = [_narrowed(right, permission) for right in actor.held(permission)]
    opened, closed = actor.exceptions.opened(permission), actor.exceptions.closed
    if all(ANY_GUARD in right.guarded and not right.tags for right in rights) and not (opened or closed):
        return ANY_GUARD
    narrowed = [_told(right) for right in rights if not right.plain]
    if not (narrowed or opened or closed):
        return ""
    return json.dumps({"rights": narrowed, "opened": sorted(opened), "closed": sorted(closed)})


def _narrowed(right: Right, permission: str) -> Right:
    """A right as it holds for one permission: protection counts for some of them only."""
    return right if guarded_by(permission) else replace(right, guarded=frozenset({ANY_GUARD}))


def _told(right: Right) -> dict[str, object]:
    return {
        "orgs": sorted(right.orgs),
        "tags": [sorted(group) for group in right.tags],
        "guarded": sorted(right.guarded),
    }


@contextmanager
def in_scope(actor: Actor, permission: str) -> Iterator[None]:
    """A transaction whose reads row-level security narrows to the actor's customers.

    The one wrapper around `SET LOCAL`: the settings end with the transaction, and an inner use
    gives the outer one back its own.
    """
    actor.require(permission)
    inner = connection.in_atomic_block
    with transaction.atomic():
        before = _setting(_settings(actor, permission))
        yield
        if inner:
            _setting(before)  # after an error the rollback does it


def _setting(told: tuple[str, str]) -> tuple[str, str]:
    """Set the scope for this transaction and return what it was."""
    ((orgs, special, *_set),) = fetch(_SET, told)
    return str(orgs), str(special)


_SET = (
    f"SELECT coalesce(current_setting('{SETTING}', true), ''), coalesce(current_setting('{SPECIAL}', true), ''), "
    f"set_config('{SETTING}', %s, true), set_config('{SPECIAL}', %s, true)"
)
