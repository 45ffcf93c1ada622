"""Roles are data: what one holds is changed by an administrator of the whole bank, and agreed to by another person.

A change is judged against separation of duties for the role alone and for everybody who holds it.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mdm.errors import FieldError, Invalid, NotAllowed, Stale
from security.access.actor import Actor
from security.access.roles import PERMISSIONS
from security.approvals.gate import Case, require_approval
from security.approvals.models import ChangeRequest
from security.approvals.registry import Line, Operation, Shown, register
from security.approvals.requests import Done, perform
from security.audit.log import record
from security.models import Organisation, Role
from security.selectors.accounts import MANAGE
from security.services.duties import refuse_role

CHANGE = "role.change"
#: What of a role may be changed, and its names.
FIELDS = {
    "name_zh": _("Chinese name"),
    "name_en": _("English name"),
    "permissions": _("Permissions"),
    "mask_profile": _("Masking"),
    "mfa_required": _("Second factor required"),
    "hidden_fields": _("Hidden fields"),
    "locked_fields": _("Locked fields"),
}
MASKS = ("standard", "strict")
_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
_PATTERN = re.compile(r"[a-z_]+\.(?:[a-z0-9_]+|\*)")
_LISTS = ("permissions", "hidden_fields", "locked_fields")


def change(actor: Actor, code: str, told: Mapping[str, Any], *, reason: str, at: datetime) -> Done:
    """Change a role, or make one, or ask for it. `told` holds FIELDS as they are to be.

    Raises what `do_change` raises, Duplicate `approval.open`.
    """
    arguments = {"role": code, "told": _tidy(told), "base": state_of(Role.objects.filter(code=code).first())}
    return perform(actor, CHANGE, arguments, reason=reason, at=at)


def state_of(role: Role | None) -> dict[str, Any]:
    """What a role holds, JSON-ready; empty for one that is not there."""
    return {} if role is None else _tidy({name: getattr(role, name) for name in FIELDS})


def do_change(actor: Actor, asked: Mapping[str, Any], reason: str, at: datetime) -> Role:
    """Change the role, or ask at the gate. NotAllowed for who does not manage the whole bank's users; Invalid
    `role.code`, `role.permission`, `role.pattern`, `role.mask`, `grant.duties`; Stale where it has moved on."""
    _refuse_local(actor)
    told = dict(asked["told"])
    _check(asked["role"], told)
    with transaction.atomic():
        role = Role.objects.select_for_update().filter(code=asked["role"]).first()
        before = state_of(role)
        if before != asked["base"]:
            raise Stale("row.stale", _("Somebody has changed this since you opened it."))
        row = role or Role(code=asked["role"])
        if role is not None:
            refuse_role(role, told["permissions"])
        else:
            refuse_new(told["permissions"])
        changed = [name for name in FIELDS if before.get(name) != told.get(name)]
        require_approval(actor, _case(row.code, told, before, changed))
        for name in changed:
            setattr(row, name, told[name])
        row.save()
        fields = {"role": row.code, "fields": changed}
        record(actor, CHANGE, at, subject="role", object_id=row.pk, fields=fields, reason=reason)
    return row


def _case(code: str, told: Mapping[str, Any], before: Mapping[str, Any], changed: list[str]) -> Case:
    head = Organisation.objects.get(parent=None)
    given = sorted(set(told["permissions"]) - set(before.get("permissions", ())))
    return Case(
        operation=CHANGE,
        target=f"role:{code}",
        permission=MANAGE,
        org_path=head.path,
        org_code=head.code,
        fields=changed,
        base=before,
        facts={"role": code, "fields": changed, "given": given, "new": not before},
    )


def _refuse_local(actor: Actor) -> None:
    """A role holds everywhere, so its holders' rights do too."""
    actor.require(MANAGE)
    head = Organisation.objects.get(parent=None)
    if not actor.may_at(MANAGE, head.path):
        raise NotAllowed("access.branch", _("Roles are changed by who manages the users of the whole bank."))


def _check(code: str, told: Mapping[str, Any]) -> None:
    wrong = []
    if not _CODE.fullmatch(code):
        text = _("A role's code is of small letters, digits and underscores.")
        wrong.append(FieldError("/code", "role.code", text))
    if unknown := sorted(set(told["permissions"]) - set(PERMISSIONS)):
        named = _("There is no permission %s.") % ", ".join(unknown)
        wrong.append(FieldError("/permissions", "role.permission", named))
    if told["mask_profile"] not in MASKS:
        wrong.append(FieldError("/mask_profile", "role.mask", _("There is no such masking.")))
    for name in ("hidden_fields", "locked_fields"):
        if not all(_PATTERN.fullmatch(one) for one in told[name]):
            wrong.append(FieldError(f"/{name}", "role.pattern", _("Write facet.field, or facet.* for all.")))
    if wrong:
        raise Invalid(wrong[0].code, wrong[0].detail, wrong)


def refuse_new(permissions: list[str]) -> None:
    """The rule of `refuse_role` for a role that nobody holds yet."""
    refuse_role(Role(pk=0), permissions)


def _tidy(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: sorted(set(value)) if name in _LISTS else value for name, value in told.items()}


def show(request: ChangeRequest, actor: Actor, at: datetime) -> Shown:
    """What of the role would change; nothing of it is about a customer."""
    asked, before = request.arguments.open(), request.base.open() if request.base else {}
    now = state_of(Role.objects.filter(code=asked["role"]).first())
    lines = [_line(name, before, asked["told"], now) for name in request.fields]
    return Shown(title(request), lines, about=asked["role"])


def _line(name: str, before: Mapping[str, Any], after: Mapping[str, Any], now: Mapping[str, Any]) -> Line:
    clash = before.get(name) != now.get(name)
    return Line(FIELDS[name], _said(before.get(name)), _said(after.get(name)), _said(now.get(name)), clash)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return ", ".join(value) if isinstance(value, list) else str(value or "")


def title(request: ChangeRequest) -> Any:
    """What is asked."""
    return _("New role") if request.facts.get("new") else _("Change a role")


def _fields(request: ChangeRequest) -> list[Any]:
    return [str(request.facts["role"]), *(FIELDS[name] for name in request.fields)]


def rebased(actor: Actor, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The same on what stands now."""
    return {**asked, "base": state_of(Role.objects.filter(code=asked["role"]).first())}


def register_operations() -> None:
    """Tell the engine of approvals of this operation (`AppConfig.ready`)."""
    register(
        Operation(
            CHANGE, _("Changing a role"), MANAGE, do_change, show, rebase=rebased, title=title, fields=_fields
        )
    )
