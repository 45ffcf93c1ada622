"""Rules of approval are data: changed by one administrator of the whole bank, agreed to by a security officer.

What may be changed of a rule makes it faster or slower, or asks more people; no rule can be taken away, and none
asks fewer than one. The web role cannot write rules: what was agreed to is carried out by a worker, which looks
again that another person agreed.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate, FieldError, Invalid, NotAllowed, NotFound, Stale, Text
from security.access.actor import Actor, system_actor
from security.access.persons import person_of
from security.access.roles import PERMISSIONS
from security.approvals.gate import Case, require_approval, rules_of
from security.approvals.models import ApprovalRule, ChangeRequest, Step
from security.approvals.persons import decides
from security.approvals.policy import SHIPPED, PolicyRule
from security.approvals.reading import roles_deciding
from security.approvals.registry import Line, Operation, Shown, operation, register
from security.approvals.requests import Done, perform
from security.approvals.states import Move, State
from security.audit.log import record
from security.models import Organisation

CHANGE = "policy.change"
MANAGE = "user.manage"
#: What of a rule may be changed: its name, the least and the most.
FIGURES: dict[str, tuple[Text, int, int]] = {
    "checkers": (_("Approvals"), 1, 3),
    "hours": (_("Hours a level"), 1, 720),
    "days": (_("Expires after days"), 1, 90),
}
LEVELS, ALWAYS = _("Who decides"), _("Without conditions")


def change(actor: Actor, name: str, rule: str, told: Mapping[str, Any], *, reason: str, at: datetime) -> Done:
    """Ask for another form of a rule of the operation `name`. `told` holds `checkers`, `hours`, `days`, `levels`
    (rights, first and after each escalation) and `always` (whether its conditions are left out).

    Raises what `do_change` raises, Duplicate `approval.open`.
    """
    after = {key: told[key] for key in (*FIGURES, "levels", "always")}
    asked = {"operation": name, "rule": rule, "told": after, "base": state_of(name, rule)}
    return perform(actor, CHANGE, asked, reason=reason, at=at)


def state_of(name: str, rule: str) -> dict[str, Any]:
    """A rule in force as it may be changed. NotFound `policy.unknown`."""
    return _state(in_force(name, rule))


def in_force(name: str, rule: str) -> PolicyRule:
    """The rule in force of an operation. NotFound `policy.unknown`."""
    operation(name)
    found = next((one for one in rules_of(name) if one.name == rule), None)
    if found is None:
        raise NotFound("policy.unknown", _("There is no such rule of approval."))
    return found


def do_change(actor: Actor, asked: Mapping[str, Any], reason: str, at: datetime) -> None:
    """Note that the change was agreed to, or ask at the gate; a worker carries it out.

    NotAllowed for who does not manage the whole bank's users, and without approval; Invalid `policy.value`; Stale
    where the rule has moved on.
    """
    head = Organisation.objects.get(parent=None)
    if not actor.may_at(MANAGE, head.path):
        raise NotAllowed("access.branch", _("Rules are changed by who manages the users of the whole bank."))
    _check(asked["told"])
    with transaction.atomic():
        before = state_of(asked["operation"], asked["rule"])
        if before != asked["base"]:
            raise Stale("row.stale", _("Somebody has changed this since you opened it."))
        require_approval(actor, _case(asked, before, head))
        if actor.approval is None:
            raise Duplicate("approval.needed", _("This takes the approval of a second person."))
        fields = {"operation": asked["operation"], "rule": asked["rule"]}
        record(actor, CHANGE, at, subject="approval_rule", fields=fields, reason=reason)


def apply_due(at: datetime) -> int:
    """Carry out what was agreed to and is not carried out yet, oldest first, as the engine; says how many."""
    agreed = ChangeRequest.objects.filter(operation=CHANGE, state=State.APPROVED).order_by("pk")
    return sum(_apply(request, at) for request in agreed)


def _apply(request: ChangeRequest, at: datetime) -> bool:
    """Write the rules of an operation with the one that the request changes; False where that was done, or where
    nobody else agreed (a request that somebody wrote past the engine of approvals)."""
    asked = request.arguments.open()
    name, rule = asked["operation"], asked["rule"]
    row = ApprovalRule.objects.filter(operation=name, name=rule).first()
    if (row is not None and row.source >= request.pk) or not _agreed(request):
        return False
    with transaction.atomic():
        off = set(ApprovalRule.objects.filter(operation=name, active=False).values_list("name", flat=True))
        for one in rules_of(name):
            if one.name == rule:
                _write(_changed(one, asked["told"]), name)
            elif one.name in off:  # holds because none of the bank's own is active, and goes on to
                _write(one, name)
        ApprovalRule.objects.filter(operation=name, name=rule).update(source=request.pk)
        actor = system_actor("approvals", (MANAGE,)).asking(request.number)
        fields = {"operation": name, "rule": rule, **asked["told"]}
        record(actor, "policy.applied", at, subject="approval_rule", fields=fields, reason=request.reason)
    return True


def _agreed(request: ChangeRequest) -> bool:
    """Whether a person who did not ask has approved it in its last round."""
    steps = Step.objects.filter(request=request, round=request.round, move=Move.APPROVE)
    askers = {request.maker_person, person_of(request.maker)}
    return any(one.person and one.person not in askers for one in steps)


def _changed(rule: PolicyRule, told: Mapping[str, Any]) -> PolicyRule:
    shipped = next((one for one in SHIPPED if (one.operation, one.name) == (rule.operation, rule.name)), rule)
    when, unless = ({}, {}) if told["always"] else (rule.when or shipped.when, rule.unless or shipped.unless)
    levels = tuple(told["levels"])
    kept = replace(rule, when=when, unless=unless, levels=levels, checkers=told["checkers"])
    return replace(kept, hours=told["hours"], days=told["days"])


def _write(rule: PolicyRule, name: str) -> None:
    told = {key: value for key, value in asdict(rule).items() if key not in ("operation", "name", "label")}
    told |= {"levels": list(rule.levels), "active": True}
    ApprovalRule.objects.update_or_create(operation=name, name=rule.name, defaults=told)


def _state(rule: PolicyRule) -> dict[str, Any]:
    always = not rule.when and not rule.unless
    return {**{key: getattr(rule, key) for key in FIGURES}, "levels": list(rule.levels), "always": always}


def _check(told: Mapping[str, Any]) -> None:
    wrong = [
        FieldError(
            f"/{key}", "policy.value", _("From %(least)d to %(most)d.") % {"least": least, "most": most}
        )
        for key, (_label, least, most) in FIGURES.items()
        if not isinstance(told[key], int) or not least <= told[key] <= most
    ]
    levels = told["levels"]
    if not levels or len(set(levels)) < len(levels) or not all(_deciding(one) for one in levels):
        text = _("Name rights to decide, each once, that some role holds.")
        wrong.append(FieldError("/levels", "policy.value", text))
    if wrong:
        raise Invalid("policy.value", wrong[0].detail, wrong)


def _deciding(permission: str) -> bool:
    return permission in PERMISSIONS and decides(permission) and bool(roles_deciding(permission))


def _case(asked: Mapping[str, Any], before: Mapping[str, Any], head: Organisation) -> Case:
    changed = [key for key in before if before[key] != asked["told"][key]]
    return Case(
        operation=CHANGE,
        target=f"policy:{asked['operation']}:{asked['rule']}",
        permission=MANAGE,
        org_path=head.path,
        org_code=head.code,
        fields=changed,
        base=before,
        facts={"operation": asked["operation"], "rule": asked["rule"], "fields": changed},
    )


def show(request: ChangeRequest, actor: Actor, at: datetime) -> Shown:
    """What of the rule would change."""
    asked, before = request.arguments.open(), request.base.open()
    now = state_of(asked["operation"], asked["rule"])
    lines = [
        Line(_LABELS[key], _said(before[key]), _said(asked["told"][key]), _said(now[key]),
             request.state == State.PENDING and before[key] != now[key])
        for key in request.fields
    ]  # fmt: skip
    return Shown(title(request), lines, about=f"{asked['operation']} {asked['rule']}")


_LABELS: dict[str, Text] = {
    **{key: told[0] for key, told in FIGURES.items()},
    "levels": LEVELS,
    "always": ALWAYS,
}


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return ", ".join(value) if isinstance(value, list) else str(value)


def title(request: ChangeRequest) -> Text:
    """What is asked."""
    return _("Change a rule of approval")


def _which(request: ChangeRequest) -> list[Text]:
    label = operation(str(request.facts["operation"])).label
    return [label, str(request.facts["rule"]), *(_LABELS[name] for name in request.fields)]


def rebased(actor: Actor, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The same on what stands now."""
    return {**asked, "base": state_of(asked["operation"], asked["rule"])}


def register_operations() -> None:
    """Tell the engine of approvals of this operation (`AppConfig.ready`)."""
    label = _("Changing a rule of approval")
    register(Operation(CHANGE, label, MANAGE, do_change, show, rebase=rebased, title=title, fields=_which))
