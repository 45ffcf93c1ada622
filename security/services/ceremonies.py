"""Key ceremonies: one person proposes, another confirms, then a worker or command carries it out.

Nobody confirms what they proposed, under whatever account. Only `revoke` is done by one person, at once and
with an alarm, because a leaked key cannot wait for a second one. The web writes no keys: what was confirmed
is carried out by `security.services.key_work`, which proves first that it was agreed as it stands.
"""

import json
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound, Unavailable
from security.access.actor import Actor
from security.access.persons import person_of
from security.audit.log import record
from security.crypto import keyring
from security.crypto.purposes import register
from security.models import Alert, KeyCeremony, User
from security.models.ceremony import CeremonyAction, CeremonyState
from security.selectors.keys import possible

MANAGE = "key.manage"
#: The data key under which agreements are authenticated.
AGREED = register("ceremony.agreed", "ceremony", "HMAC-SM3").name
#: The rule by which a revocation appears among the alarms.
ALARM = "key.revoked"

_log = logging.getLogger(__name__)
_callers: list[Callable[[int], None]] = []


def register_caller(caller: Callable[[int], None]) -> None:
    """Names what wakes a worker for a confirmed ceremony (the app above that has workers)."""
    _callers.append(caller)


def propose(
    actor: Actor,
    action: str,
    level: str,
    target: str,
    *,
    reason: str,
    at: datetime,
    parameters: dict[str, Any] | None = None,
) -> KeyCeremony:
    """The first person's part. Raises NotAllowed, Invalid `key.ceremony_unknown`, Duplicate
    `key.ceremony_open` where the same waits already, and what stands against it now (`key.state` and so on).
    """
    _person(actor)
    if action == CeremonyAction.REVOKE:
        raise Invalid("key.ceremony_kind", _("There is no such ceremony for this key."))
    possible(action, level, target, at)
    with transaction.atomic():
        ceremony = _begun(actor, action, level, target, reason, at, parameters or {})
        _log_it(actor, "key.propose", ceremony, at, reason)
    return ceremony


def confirm(actor: Actor, ceremony_id: int, *, at: datetime) -> KeyCeremony:
    """The second person's part; a worker carries it out. Raises NotAllowed `key.same_person`, NotFound,
    Duplicate `key.ceremony_over`, and what stands against it by now."""
    person = _person(actor)
    with transaction.atomic():
        ceremony = _locked(ceremony_id, CeremonyState.PROPOSED)
        _refuse_same(person, ceremony)
        possible(ceremony.action, ceremony.level, ceremony.target, at)
        ceremony.confirmed_by, ceremony.confirmed_by_id, ceremony.confirmed_at = actor.name, person.pk, at
        ceremony.state = CeremonyState.CONFIRMED
        _sign(ceremony)
        ceremony.save()
        _log_it(actor, "key.confirm", ceremony, at, ceremony.reason)
        _call(ceremony)
    return ceremony


def withdraw(actor: Actor, ceremony_id: int, *, reason: str, at: datetime) -> KeyCeremony:
    """Takes a proposal back, or refuses another's. Raises NotFound, Duplicate `key.ceremony_over`."""
    _person(actor)
    with transaction.atomic():
        ceremony = _locked(ceremony_id, CeremonyState.PROPOSED)
        ceremony.state, ceremony.done_at = CeremonyState.WITHDRAWN, at
        ceremony.save()
        _log_it(actor, "key.withdraw", ceremony, at, reason)
    return ceremony


def revoke(actor: Actor, level: str, target: str, *, reason: str, at: datetime) -> KeyCeremony:
    """One person's part when a key may have leaked: it is taken out of use at once, everybody is alarmed,
    and its values are moved to a new version. Raises NotAllowed, and what stands against it."""
    _person(actor)
    possible(CeremonyAction.REVOKE, level, target, at)
    with transaction.atomic():
        ceremony = _begun(actor, CeremonyAction.REVOKE, level, target, reason, at, {})
        ceremony.state = CeremonyState.CONFIRMED
        _sign(ceremony)
        ceremony.save()
        details = {"level": level, "key": target, "ceremony": ceremony.pk}
        Alert.objects.create(at=at, rule=ALARM, actor=actor.name[:80], user_id=actor.user_id, details=details)
        _log_it(actor, "key.revoke", ceremony, at, reason)
        _call(ceremony)
    _log.critical("key revoked", extra={"level": level, "key": target, "by": actor.name})
    return ceremony


def refuse_unagreed(ceremony: KeyCeremony) -> None:
    """Raises Unavailable `key.ceremony_tampered` where the row was not written by `confirm` or `revoke`."""
    if keyring.mac(AGREED, _agreed(ceremony)) != bytes(ceremony.mac):
        text = _("Ceremony %s in the database was changed from outside.")
        raise Unavailable("key.ceremony_tampered", text % ceremony.pk)


def _person(actor: Actor) -> User:
    """The member of staff who acts; systems and clients hold no ceremonies."""
    actor.require(MANAGE)
    person = User.objects.filter(pk=actor.user_id or 0, is_staff=True, is_active=True).first()
    if actor.kind != "staff" or person is None:
        raise NotAllowed("key.person_needed", _("Key ceremonies are held by persons."))
    return person


def _refuse_same(person: User, ceremony: KeyCeremony) -> None:
    """Two accounts with one staff number are one person."""
    first = User.objects.filter(pk=ceremony.proposed_by_id).first()
    if person.pk == ceremony.proposed_by_id or (first is not None and person_of(first) == person_of(person)):
        raise NotAllowed("key.same_person", _("A second person must confirm this."))


def _begun(
    actor: Actor, action: str, level: str, target: str, reason: str, at: datetime, parameters: dict[str, Any]
) -> KeyCeremony:
    if not reason.strip():
        raise Invalid("key.reason_needed", _("Say why."))
    ceremony = KeyCeremony(
        action=action,
        level=level,
        target=target,
        parameters=parameters,
        reason=reason.strip()[:200],
        state=CeremonyState.PROPOSED,
        proposed_by=actor.name,
        proposed_by_id=actor.user_id or 0,
        proposed_at=at,
    )
    _sign(ceremony)
    try:
        with transaction.atomic():
            ceremony.save(force_insert=True)
    except IntegrityError:
        raise Duplicate("key.ceremony_open", _("The same ceremony is waiting already.")) from None
    return ceremony


def _locked(ceremony_id: int, state: CeremonyState) -> KeyCeremony:
    found = KeyCeremony.objects.select_for_update().filter(pk=ceremony_id).first()
    if found is None:
        raise NotFound("key.ceremony_unknown", _("There is no such ceremony."))
    if found.state != state:
        raise Duplicate("key.ceremony_over", _("This ceremony is over."))
    refuse_unagreed(found)
    return found


def _sign(ceremony: KeyCeremony) -> None:
    ceremony.mac = keyring.mac(AGREED, _agreed(ceremony))


def _agreed(ceremony: KeyCeremony) -> bytes:
    """What the persons agreed on, and that they did."""
    persons = [ceremony.proposed_by_id, ceremony.confirmed_by_id, ceremony.proposed_at, ceremony.confirmed_at]
    what = [ceremony.action, ceremony.level, ceremony.target, ceremony.parameters, ceremony.reason]
    agreed = ceremony.state != CeremonyState.PROPOSED
    return json.dumps([*what, agreed, *persons], sort_keys=True, default=_moment).encode()


def _moment(value: Any) -> str:
    return f"{value.timestamp():.6f}"


def _call(ceremony: KeyCeremony) -> None:
    for caller in _callers:
        caller(ceremony.pk)


def _log_it(actor: Actor, action: str, ceremony: KeyCeremony, at: datetime, reason: str) -> None:
    told = {"ceremony": ceremony.action, "level": ceremony.level, "key": ceremony.target}
    record(actor, action, at, subject="key", object_id=ceremony.pk, fields=told, reason=reason)
