"""Giving customers to another branch, or to another account manager: one or many, agreed to by a second person.

Whoever agrees is responsible for where the customers are and for where they go. All of them go, or none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.models import AccessMark, Customer, MarkKind
from customers.models.derived import settle_paths
from customers.rules.number import customer_id as id_of
from customers.selectors.customer import resolve
from customers.services.facets import stamped
from customers.services.locking import done_again, lock
from customers.services.operating import add_rows
from mdm.bulk.stamp import Stamp
from mdm.errors import Duplicate, FieldError, Invalid, NotAllowed, NotFound, Stale, Text
from mdm.history.writing import save_with_history
from mdm.subjects import registry
from security.access.actor import EVERYWHERE, Actor, Right
from security.access.rights import ANY_GUARD
from security.access.scope import in_scope
from security.approvals.gate import Case, require_approval
from security.approvals.requests import Done, perform
from security.audit.log import record
from security.models import Organisation, User

OPERATION = "customer.transfer"
RIGHT = "customer.transfer"
#: Customers of one transfer.
MOST = 1000


#: Why a transfer is refused, by code.
REFUSALS: dict[str, Text] = {
    "transfer.where": _("Name a branch, an account manager, or both."),
    "transfer.branch": _("There is no branch with this code."),
    "transfer.manager": _("There is no member of staff with this user name."),
    "transfer.many": _("These are more customers than one transfer takes."),
    "transfer.nothing": _("All of them are there already."),
    "transfer.number": _("This is no customer number: %s"),
}


@dataclass(frozen=True, slots=True)
class Transferred:
    """What was done: how many customers went, and where."""

    customers: int
    org: str
    manager: str


def ask(
    actor: Actor, numbers: Sequence[str], *, org: str = "", manager: str = "", reason: str, at: datetime
) -> Done:
    """Transfer customers to a branch (its code), an account manager (a user name), or both; or ask for it.

    Raises what `transfer` raises, Duplicate `approval.open`.
    """
    told = list(dict.fromkeys(number.strip().upper() for number in numbers if number.strip()))
    with in_scope(actor, RIGHT):
        base = {number: resolve(actor, number, RIGHT).customer.org.code for number in _few(told)}
    arguments = {"customers": told, "org": org, "manager": manager, "from": base}
    return perform(actor, OPERATION, arguments, reason=reason, at=at)


def do_transfer(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> Transferred:
    """The transfer that a person or a request asked for; Stale where a customer has moved meanwhile."""
    return transfer(actor, told["from"], org=told["org"], manager=told["manager"], reason=reason, at=at)


@done_again
def transfer(
    actor: Actor,
    base: Mapping[str, str],
    *,
    org: str = "",
    manager: str = "",
    reason: str,
    at: datetime,
) -> Transferred:
    """Transfer the customers `base` names, each with the branch it is at.

    Raises NotFound for one out of scope, Duplicate `customer.merged`, Stale `row.stale` where one is at another
    branch by now, Invalid `transfer.where`, `transfer.branch`, `transfer.manager`, `transfer.many`,
    `transfer.nothing`, NotAllowed `access.branch` without approval for a branch that is not the actor's.
    """
    branch, user = _where(org, manager)
    with in_scope(actor, RIGHT):
        stamp = stamped(actor, at, reason)
        customers = _locked(actor, base)
        path = branch.path if branch else None
        require_approval(actor, _case(customers, path, org, manager))
        if branch is not None and actor.approval is None and not actor.may_at(RIGHT, branch.path):
            raise NotAllowed("access.branch", _("You may not give customers to this branch."))
        with in_scope(_anywhere(actor), RIGHT):  # a customer may leave the sight of who gives it away
            moved = [one for one in customers if _moved(one, branch, user, stamp)]
            if not moved:
                raise _invalid("nothing", "customers")
    return Transferred(len(moved), org, manager)


def _few(numbers: Sequence[str]) -> Sequence[str]:
    if not numbers:
        raise _invalid("nothing", "customers")
    if len(numbers) > MOST:
        raise _invalid("many", "customers")
    return numbers


def _where(org: str, manager: str) -> tuple[Organisation | None, User | None]:
    if not org and not manager:
        raise _invalid("where", "org")
    branch = Organisation.objects.filter(code=org).first() if org else None
    if org and branch is None:
        raise _invalid("branch", "org")
    user = User.objects.filter(username=manager, is_active=True, is_staff=True).first() if manager else None
    if manager and user is None:
        raise _invalid("manager", "manager")
    return branch, user


def _invalid(code: str, field: str, *about: str) -> Invalid:
    text = REFUSALS[f"transfer.{code}"]
    told = str(text) % about if about else text
    return Invalid(f"transfer.{code}", told, [FieldError(f"/{field}", f"transfer.{code}", told)])


def _locked(actor: Actor, base: Mapping[str, str]) -> list[Customer]:
    """The golden customers, locked with their members; each still where it was when the transfer was asked for."""
    _few(list(base))
    found = {}
    for number in base:
        view = resolve(actor, number, RIGHT)
        if view.redirected_from is not None:
            survivor = view.customer.customer_no
            raise Duplicate("customer.merged", _("This customer was merged into %s.") % survivor)
        found[view.golden_id] = number
    locked = lock(found)
    orgs = dict(Organisation.objects.values_list("pk", "code"))
    for pk, number in found.items():
        if pk not in locked:
            raise NotFound("customer.unknown", _("There is no such customer."))
        if orgs[locked[pk].org_id] != base[number]:
            raise Stale("row.stale", _("Someone else changed this in the meantime."))
    return [locked[pk] for pk in sorted(found)]


def _case(customers: Sequence[Customer], path: Sequence[int] | None, org: str, manager: str) -> Case:
    """One request for all: decided at the branch above both where they are and where they go."""
    paths = [set(one.org_path) for one in customers] + ([set(path)] if path is not None else [])
    above = sorted(set.intersection(*paths))
    ids = ",".join(str(one.pk) for one in customers)
    single = customers[0] if len(customers) == 1 else None
    digest = sha256(f"{ids}|{org}|{manager}".encode()).hexdigest()[:16]
    return Case(
        operation=OPERATION,
        target=f"transfer:{single.pk}" if single else f"transfer:{len(customers)}:{digest}",
        permission=RIGHT,
        org_path=above or [EVERYWHERE],
        org_code=org,
        customer_id=single.pk if single else None,
        fields=[name for name, value in (("org_id", org), ("manager", manager)) if value],
        versions={f"customer:{one.pk}": one.version for one in customers},
        facts={"customers": len(customers), "org": org, "manager": manager},
    )


def _anywhere(actor: Actor) -> Actor:
    """The actor's act, seen from everywhere: who may give these away, and who agreed, was asked before."""
    right = Right(frozenset({RIGHT}), None, guarded=frozenset({ANY_GUARD}))
    return replace(actor, rights=(right,))


def _moved(golden: Customer, branch: Organisation | None, user: User | None, stamp: Stamp) -> bool:
    """Move one customer with the members that were at the same branch; whether anything changed."""
    family = Customer.objects.filter(pk__in=[golden.pk, *golden.members], org_id=golden.org_id).order_by("pk")
    there = branch is None or golden.org_id == branch.pk
    changed = [] if there else _give(list(family), branch, stamp)
    if user is not None and _entrust(golden, user, stamp):
        changed.append("manager")
    if not changed:
        return False
    settle_paths([golden.pk])
    record(
        stamp.actor,
        OPERATION,
        stamp.at,
        subject="customer",
        object_id=golden.pk,
        customer_id=golden.pk,
        fields={
            "fields": changed,
            "org": branch.code if branch else "",
            "manager": user.pk if user else None,
        },
        reason=stamp.reason,
    )
    return True


def _give(rows: Sequence[Customer], branch: Organisation | None, stamp: Stamp) -> list[str]:
    for row in rows:
        row.org = branch  # type: ignore[assignment]
        save_with_history(row, stamp)
    values = {"kind": "BRANCH_TRANSFER", "happened_on": stamp.business_date}
    add_rows(registry.facet("customer_event"), [(rows[0].pk, values)], stamp)
    return ["org_id"]


def _entrust(golden: Customer, user: User, stamp: Stamp) -> bool:
    """One account manager: the marks of others end. Whether anything changed."""
    family = [golden.pk, *golden.members]
    marks = AccessMark.objects.filter(customer_id__in=family, kind=MarkKind.MANAGER, ended_at=None)
    if list(marks.values_list("value", flat=True)) == [str(user.pk)]:
        return False
    ended = {"ended_at": stamp.at, "ended_by": stamp.actor.name, "end_reason": stamp.reason}
    marks.exclude(value=str(user.pk)).update(**ended)
    told = {"since": stamp.at, "set_by": stamp.actor.name, "reason": stamp.reason}
    AccessMark.objects.get_or_create(
        customer=golden, kind=MarkKind.MANAGER, value=str(user.pk), ended_at=None, defaults=told
    )
    return True


def numbers_of(text: str) -> list[str]:
    """Customer numbers out of a pasted text, whatever stands between them. Invalid `transfer.number` for what is
    none."""
    told = text.replace(",", " ").replace(";", " ").replace("，", " ").replace("、", " ").split()
    wrong = [one for one in told if id_of(one.upper()) is None]
    if wrong:
        raise _invalid("number", "customers", wrong[0][:20])
    return [one.upper() for one in told]
