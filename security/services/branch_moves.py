"""Moving a branch in the tree: its path, and those of all below it; who sees its customers follows at once."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from mdm.errors import FieldError, Invalid, NotAllowed, NotFound, Stale
from security.access.actor import Actor
from security.approvals.gate import Case, require_approval
from security.approvals.models import ChangeRequest
from security.approvals.registry import Line, Operation, Shown, register
from security.approvals.requests import Done, perform
from security.audit.log import record
from security.models import Organisation
from security.selectors.accounts import MANAGE, may_manage_at

MOVE = "branch.move"
#: Writes what copies the paths of these branches: (ids of branches) -> rows written, in the same transaction.
Follow = Callable[[list[int]], int]

_followers: list[Follow] = []
#: A branch and all below it: what stood before it in their paths goes, what stands above its new place comes.
_REPATH = """
UPDATE security_organisation SET path = %(above)s::integer[] || path[array_position(path, %(org)s):]
WHERE %(org)s = ANY(path) RETURNING id
"""
#: Requests that wait are decided where the branch lies now.
_REQUESTS = """
UPDATE approvals_changerequest r SET org_path = o.path FROM security_organisation o
WHERE o.id = ANY(%s) AND r.org_code = o.code AND r.state IN ('PENDING', 'RETURNED')
"""


def follow(write: Follow) -> None:
    """Say what copies paths of branches (`AppConfig.ready`)."""
    _followers.append(write)


def move(actor: Actor, code: str, parent: str, *, reason: str, at: datetime) -> Done:
    """Move a branch below another, or ask for it. Raises what `do_move` raises, Duplicate `approval.open`."""
    standing = Organisation.objects.select_related("parent").filter(code=code).first()
    below = standing.parent.code if standing and standing.parent else ""
    return perform(actor, MOVE, {"org": code, "parent": parent, "base": below}, reason=reason, at=at)


def do_move(actor: Actor, asked: Mapping[str, Any], reason: str, at: datetime) -> Organisation:
    """Move it, or ask at the gate. NotFound `branch.unknown`; NotAllowed where the actor does not manage users at
    both places; Invalid `branch.circle`, `branch.head`, `branch.closed`; Stale where it lies elsewhere by now."""
    actor.require(MANAGE)
    with transaction.atomic():
        tree = {org.code: org for org in Organisation.objects.select_for_update().order_by("pk")}
        org, parent = _found(tree, asked["org"]), _found(tree, asked["parent"])
        before = next((one for one in tree.values() if one.pk == org.parent_id), None)
        _refuse(actor, org, parent, before)
        if before is None or before.code != asked["base"]:
            raise Stale("row.stale", _("Somebody has changed this since you opened it."))
        require_approval(actor, _case(org, before, parent))
        moved = _repath(org, parent)
        told = {"branch": org.code, "from": before.code, "to": parent.code, "branches": len(moved)}
        told["customers"] = sum(write(moved) for write in _followers)
        record(actor, MOVE, at, subject="branch", object_id=org.pk, fields=told, reason=reason)
    org.refresh_from_db()
    return org


def _found(tree: Mapping[str, Organisation], code: str) -> Organisation:
    if code not in tree:
        raise NotFound("branch.unknown", _("There is no such branch."))
    return tree[code]


def _refuse(actor: Actor, org: Organisation, parent: Organisation, before: Organisation | None) -> None:
    if before is None:
        raise _invalid("branch.head", _("Head office is not moved."))
    if not all(may_manage_at(actor, one) for one in (before, parent)):
        raise NotAllowed("access.branch", _("You may not manage users at this branch."))
    if org.pk in parent.path:
        raise _invalid("branch.circle", _("A branch does not lie below itself."))
    if not parent.active:
        raise _invalid("branch.closed", _("This branch is closed down."))
    if parent.pk == before.pk:
        raise _invalid("branch.there", _("The branch lies there already."))


def _invalid(code: str, text: Any) -> Invalid:
    return Invalid(code, text, [FieldError("/parent", code, text)])


def _repath(org: Organisation, parent: Organisation) -> list[int]:
    Organisation.objects.filter(pk=org.pk).update(parent=parent)
    with connection.cursor() as cursor:
        cursor.execute(_REPATH, {"above": list(parent.path), "org": org.pk})
        moved = [row[0] for row in cursor.fetchall()]
        cursor.execute(_REQUESTS, [moved])
    return moved


def _case(org: Organisation, before: Organisation, parent: Organisation) -> Case:
    return Case(
        operation=MOVE,
        target=f"branch:{org.pk}",
        permission=MANAGE,
        org_path=_common(before.path, parent.path),
        org_code=org.code,
        fields=["parent"],
        base={"parent": before.code},
        facts={"branch": org.code, "from": before.code, "to": parent.code},
    )


def _common(one: list[int], other: list[int]) -> list[int]:
    """Where both places meet: who decides has a say over both."""
    return [left for left, right in zip(one, other, strict=False) if left == right]


def show(request: ChangeRequest, actor: Actor, at: datetime) -> Shown:
    """From where to where."""
    facts = request.facts
    now = (
        Organisation.objects.filter(code=facts["branch"]).values_list("parent__code", flat=True).first() or ""
    )
    line = Line(_("Lies below"), str(facts["from"]), str(facts["to"]), now, now != facts["from"])
    return Shown(title(request), [line], about=str(facts["branch"]))


def title(request: ChangeRequest) -> Any:
    """What is asked."""
    return _("Move a branch")


def _fields(request: ChangeRequest) -> list[Any]:
    facts = request.facts
    return [f"{facts['branch']}: {facts['from']} → {facts['to']}"]


def rebased(actor: Actor, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The same from where it lies now."""
    lies = Organisation.objects.filter(code=asked["org"]).values_list("parent__code", flat=True).first()
    return {**asked, "base": lies or ""}


def register_operations() -> None:
    """Tell the engine of approvals of this operation (`AppConfig.ready`)."""
    register(
        Operation(
            MOVE, _("Moving a branch"), MANAGE, do_move, show, rebase=rebased, title=title, fields=_fields
        )
    )
