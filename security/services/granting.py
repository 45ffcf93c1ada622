"""Giving a role through the doors: one person asks, a security officer agrees (domain 5.3)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from mdm.errors import NotFound, Stale, Text
from security.access.actor import Actor
from security.access.persons import accounts_of, lock_person
from security.approvals.gate import Case, require_approval
from security.approvals.models import ChangeRequest
from security.approvals.registry import Line, Operation, Shown, register
from security.approvals.requests import Done, perform
from security.models import Grant, Organisation, Role, User

GIVE = "grant.give"
_TIMES = ("valid_from", "valid_to")
_GIVEN = (*_TIMES, "scope", "nodes", "filters")


def give(
    actor: Actor, user: User, role: Role, org: Organisation, *, reason: str, at: datetime, **told: Any
) -> Done:
    """Give a role, or ask for it. Raises what `do_give` raises, Duplicate `approval.open`.

    `told` is what else the grant has: its period, and whatever JSON holds.
    """
    times = {name: told[name].isoformat() for name in _TIMES if told.get(name)}
    rest = {name: value for name, value in told.items() if name not in _TIMES}
    base = state_of(user.pk, role, org)
    arguments = {"user": user.pk, "role": role.code, "org": org.code, "base": base, **rest, **times}
    return perform(actor, GIVE, arguments, reason=reason, at=at)


def state_of(user_id: int, role: Role, org: Organisation) -> dict[str, Any]:
    """What a grant builds on, JSON-ready: what is given already of this role at this branch, and what it holds."""
    given = Grant.objects.filter(user_id=user_id, role=role, org=org).first()
    held = {name: getattr(given, name) for name in _GIVEN} if given else {}
    times = {name: held[name].isoformat() for name in _TIMES if held.get(name)}
    return {"given": {**held, **dict.fromkeys(_TIMES), **times}, "permissions": sorted(role.permissions)}


def do_give(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> Any:
    """The grant that a request asked for. Raises what `accounts.grant` raises; Stale where the grant has been given
    or ended meanwhile, or the role holds something else."""
    from security.services import accounts  # which asks this module at its gate

    rest = {
        name: value for name, value in told.items() if name not in ("user", "role", "org", "base", *_TIMES)
    }
    times: dict[str, Any] = {name: parse_datetime(told[name]) if told.get(name) else None for name in _TIMES}
    with transaction.atomic():
        role = Role.objects.select_for_update().filter(code=told["role"]).first()
        org = Organisation.objects.filter(code=told["org"]).first()
        if role is None or org is None:
            raise NotFound("grant.unknown", _("There is no such role or branch."))
        lock_person(told["user"])
        if told.get("base") != state_of(told["user"], role, org):
            raise Stale("row.stale", _("Somebody has changed this since you opened it."))
        return accounts.grant(actor, told["user"], role, org, reason=reason, at=at, **times, **rest)


def rebased(actor: Actor, told: Mapping[str, Any]) -> dict[str, Any]:
    """The same, on what is given and held by now; NotFound where role or branch are gone."""
    role = Role.objects.filter(code=told["role"]).first()
    org = Organisation.objects.filter(code=told["org"]).first()
    if role is None or org is None:
        raise NotFound("grant.unknown", _("There is no such role or branch."))
    return {**told, "base": state_of(told["user"], role, org)}


def ask(actor: Actor, user: User, role: Role, org: Organisation) -> None:
    """Go on where this role may be given alone; raises what the gate raises."""
    require_approval(
        actor,
        Case(
            operation=GIVE,
            target=f"grant:{user.pk}:{role.pk}:{org.pk}",
            permission="user.manage",
            org_path=org.path,
            org_code=org.code,
            fields=["role", "org", *_TIMES],
            facts={
                "role": role.code,
                "permissions": sorted(role.permissions),
                "user": user.get_username(),
                "accounts": sorted(accounts_of(user).values_list("username", flat=True)),
                "org": org.code,
            },
        ),
    )


def show(request: ChangeRequest, actor: Actor, at: datetime) -> Shown:
    """Who would get which role where; nothing of it is about a customer."""
    told = request.arguments.open()
    lines = [
        Line(_("User"), "", str(request.facts["user"])),
        Line(_("Accounts of this person"), "", ", ".join(request.facts.get("accounts", ()))),
        Line(_("Role"), "", str(request.facts["role"])),
        Line(_("Branch"), "", str(request.facts["org"])),
        Line(_("Reach"), "", _reach(told)),
        *(Line(label, "", str(told[name])[:16]) for name, label in _PERIOD if told.get(name)),
        Line(_("Permissions"), "", ", ".join(request.facts["permissions"])),
    ]
    return Shown(title(request), lines, about=str(request.facts["user"]))


def _reach(told: Mapping[str, Any]) -> str:
    """How far the grant would reach, and what narrows or widens it."""
    parts = [str(told.get("scope") or "SUBTREE"), *told.get("nodes", ())]
    filters: Mapping[str, list[str]] = told.get("filters") or {}
    return "; ".join([" ".join(parts), *(f"{name}: {', '.join(values)}" for name, values in filters.items())])


_PERIOD: tuple[tuple[str, Text], ...] = (("valid_from", _("Valid from")), ("valid_to", _("Valid until")))


def title(request: ChangeRequest) -> Text:
    """What is asked."""
    return _("Give a role")


def whom(request: ChangeRequest) -> list[Text]:
    """To whom, and which role."""
    return [f"{request.facts['user']} · {request.facts['role']} · {request.facts['org']}"]


def register_operations() -> None:
    """Tell the engine of approvals of this operation (`AppConfig.ready`)."""
    label = _("Giving a role")
    register(Operation(GIVE, label, "user.manage", do_give, show, rebase=rebased, title=title, fields=whom))
