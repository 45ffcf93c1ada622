"""`keys activate|disable|reinstate|destroy|create|withdraw|revoke`: ceremonies at a terminal.

The same line twice, by two persons: the first call proposes, the second confirms and carries out.
"""

from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from security.crypto.rotation import SETTLE
from security.management.persons import person_at_terminal
from security.models import DataKey, DomainKey, KeyCeremony, RootKey
from security.models.ceremony import CeremonyAction, CeremonyState
from security.services import ceremonies, key_work

Result = dict[str, Any]
_USAGE = 2


def hold(action: str, options: dict[str, Any], at: datetime) -> Result:
    """One person's part of a ceremony, and the work where nothing is missing any more."""
    level, target = options["level"], _target(action, options)
    actor = person_at_terminal(options, at)
    if action == CeremonyAction.REVOKE:
        begun = ceremonies.revoke(actor, level, target, reason=options["reason"], at=at)
        return _told(_carried_out(begun, at, options))
    waiting = KeyCeremony.objects.filter(
        action=action, level=level, target=target, state=CeremonyState.PROPOSED
    ).first()
    if waiting is None:
        parameters = _parameters(action, options)
        return _told(
            ceremonies.propose(
                actor, action, level, target, reason=options["reason"], at=at, parameters=parameters
            )
        )
    confirmed = ceremonies.confirm(actor, waiting.pk, at=at)
    if action == CeremonyAction.RESHARE:
        return _told(confirmed)
    return _told(_carried_out(confirmed, at, options))


def withdraw(options: dict[str, Any], at: datetime) -> Result:
    """Takes a proposal back."""
    if not options["ceremony"]:
        raise CommandError("name a --ceremony", returncode=_USAGE)
    actor = person_at_terminal(options, at)
    return _told(ceremonies.withdraw(actor, options["ceremony"], reason=options["reason"], at=at))


def _carried_out(ceremony: KeyCeremony, at: datetime, options: dict[str, Any]) -> KeyCeremony:
    settle = SETTLE if options["settle"] is None else options["settle"]
    return key_work.carry_out(ceremony.pk, at=at, settle=settle)


def _target(action: str, options: dict[str, Any]) -> str:
    """The name of what gets a version, or `name#id` of the version."""
    if action == CeremonyAction.RESHARE:
        return "root"
    if action in (CeremonyAction.CREATE, CeremonyAction.ROTATE):
        name = options["purpose"] if options["level"] == "L3" else options["domain"]
        return "root" if options["level"] == "L1" else str(_needed(name, "--purpose or --domain"))
    key = _needed(options["key"], "--key")
    if options["level"] == "L1":
        row = RootKey.objects.filter(version=key).first()
        return f"root#{row.pk if row else 0}"
    if options["level"] == "L2":
        domain = DomainKey.objects.filter(pk=key).first()
        return f"{domain.domain if domain else ''}#{key}"
    data = DataKey.objects.filter(pk=key).first()
    return f"{data.purpose if data else ''}#{key}"


def _parameters(action: str, options: dict[str, Any]) -> dict[str, Any]:
    if action != CeremonyAction.RESHARE:
        return {}
    holders = _needed(options["holder"], "every --holder")
    return {"needed": _needed(options["needed"], "--needed"), "holders": holders}


def _needed(value: Any, name: str) -> Any:
    if not value:
        raise CommandError(f"name {name}", returncode=_USAGE)
    return value


def _told(ceremony: KeyCeremony) -> Result:
    result = ceremony.result
    return {
        "level": ceremony.level,
        "version": result.get("version", 0),
        "values": result.get("values", 0),
        "reencrypted": result.get("reencrypted", 0),
        "ceremony": ceremony.pk,
        "action": ceremony.action,
        "key": ceremony.target,
        "state": ceremony.state,
        "left": result.get("left", []),
    }
