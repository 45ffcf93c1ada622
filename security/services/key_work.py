"""Carrying out what a ceremony agreed: by a worker or a command, which may write keys; the web may not.

Killed anywhere it may be carried out again: keys that were made name the ceremony, states that were reached
are left alone, and values are moved from where they stand.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate, ServiceError
from security.access.actor import system_actor
from security.audit.log import record
from security.crypto import key_store, rotation
from security.crypto.coverage import stored_columns
from security.crypto.holdings import holding_of
from security.crypto.index_rotation import IndexRotation
from security.crypto.indexes import holder_of
from security.crypto.keyring import keyring
from security.crypto.lifecycle import KeyWriter, Maker
from security.crypto.purposes import Purpose, purpose_named, registered_purposes
from security.crypto.rotation import Rotated, Rotation
from security.models import DataKey, DomainKey, KeyCeremony, RootKey
from security.models.ceremony import CeremonyAction, CeremonyState
from security.models.keys import KeyState
from security.selectors.keys import LEADS_TO, MAKING, versioned
from security.services.ceremonies import refuse_unagreed

Progress = Callable[[int], None]
Result = dict[str, Any]
#: First half of the advisory lock that keeps a ceremony to one worker.
_LOCK = 0x6B657943


def _silent(done: int) -> None:
    """For work that nobody watches."""


def carry_out(
    ceremony_id: int, *, at: datetime, settle: float = rotation.SETTLE, progress: Progress = _silent
) -> KeyCeremony:
    """Does what was confirmed, and notes how it ended. A refusal ends the ceremony as failed and is raised.

    Duplicate `key.ceremony_over` where it is not confirmed, or done; `key.ceremony_busy` where another
    worker is at it.
    """
    with _alone(ceremony_id):
        ceremony = KeyCeremony.objects.get(pk=ceremony_id)
        if ceremony.state != CeremonyState.CONFIRMED:
            raise Duplicate("key.ceremony_over", _("This ceremony is over."))
        try:
            refuse_unagreed(ceremony)
            _note(ceremony, "key.begin", at)
            result = _work(ceremony, at, settle, progress)
        except ServiceError as refusal:
            _ended(ceremony, CeremonyState.FAILED, {"problem": str(refusal.message)}, refusal.code)
            raise
        return _ended(ceremony, CeremonyState.DONE, result)


def due() -> list[int]:
    """Confirmed ceremonies that wait to be carried out, oldest first; those of shares are done at a terminal."""
    waiting = KeyCeremony.objects.filter(state=CeremonyState.CONFIRMED).exclude(action=CeremonyAction.RESHARE)
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def finish_reshare(ceremony_id: int) -> KeyCeremony:
    """Notes that new shares were given out (`keys reshare` made them)."""
    with _alone(ceremony_id):
        ceremony = KeyCeremony.objects.get(pk=ceremony_id)
        refuse_unagreed(ceremony)
        return _ended(ceremony, CeremonyState.DONE, dict(ceremony.parameters))


def rotation_of(purpose: Purpose, progress: Progress = _silent) -> Rotation:
    """The rotation of a purpose with everything that holds its values."""
    columns = [column for column in stored_columns(apps) if column.purpose == purpose.name]
    return Rotation(purpose, columns, progress, holding_of(purpose.name))


def _work(ceremony: KeyCeremony, at: datetime, settle: float, progress: Progress) -> Result:
    made_by = _made_by(ceremony)
    if ceremony.action in MAKING:
        work = _create if ceremony.action == CeremonyAction.CREATE else _rotate
        return work(ceremony.level, ceremony.target, made_by, at, settle, progress)
    row = versioned(ceremony.level, ceremony.target)
    if ceremony.action == CeremonyAction.REVOKE:
        return _revoke(row, made_by, at, settle, progress)
    if ceremony.action == CeremonyAction.ACTIVATE:
        return _activate(row, made_by, at, settle, progress)
    return _moved(row, LEADS_TO[ceremony.action], made_by, at)


def _made_by(ceremony: KeyCeremony) -> str:
    """Who keys name as their makers."""
    persons = [ceremony.proposed_by[:60], ceremony.confirmed_by[:60]]
    return f"{', '.join(filter(None, persons))} #{ceremony.pk}"


def _create(level: str, target: str, made_by: str, at: datetime, settle: float, progress: Progress) -> Result:
    """A version that is not in use yet."""
    if level == "L1":
        return {"version": rotation.make_root_version(made_by, at)}
    model = DomainKey if level == "L2" else DataKey
    done = model.objects.filter(created_by=made_by).first()
    if done is not None:
        return {"version": done.version}
    with _writing(made_by, at) as writer:
        if level == "L2":
            return {"version": writer.new_domain_version(target).version}
        return {"version": writer.new_version(_purpose(target), KeyState.PRE_ACTIVE).version}


def _rotate(level: str, target: str, made_by: str, at: datetime, settle: float, progress: Progress) -> Result:
    """A version that comes into use at once, and everything below it."""
    if level == "L1":
        version = rotation.make_root_version(made_by, at)
        return _told(rotation.activate_root(version, made_by, at))
    if level == "L2":
        made = DomainKey.objects.filter(created_by=made_by).first()
        return {"version": made.version} if made else _told(rotation.rotate_domain(target, made_by, at))
    return _told(rotated(_purpose(target), made_by, at, settle, progress, once=True))


def rotated(
    purpose: Purpose,
    made_by: str,
    at: datetime,
    settle: float,
    progress: Progress = _silent,
    *,
    once: bool = False,
) -> Rotated:
    """Rotates a purpose, whichever kind it is. `once`: a version made by the same ceremony is not followed by
    another, its values are only moved on."""
    begun = once and DataKey.objects.filter(purpose=purpose.name, created_by=made_by).exists()
    if purpose.algorithm == "HMAC-SM3":
        turning = IndexRotation(purpose, made_by, at, settle)
        return turning.told() if begun and not turning.is_under_way() else turning.run(progress)
    moving = rotation_of(purpose, progress)
    return rotation.rotate_purposes([moving], made_by, at, settle, begun=begun)[0]


def _activate(
    row: RootKey | DomainKey | DataKey, made_by: str, at: datetime, settle: float, progress: Progress
) -> Result:
    """Puts a made version into use, and moves what is below it."""
    if isinstance(row, RootKey):
        if row.state == KeyState.ACTIVE:
            return {"version": row.version}
        return _told(rotation.activate_root(row.version, made_by, at))
    if isinstance(row, DomainKey):
        with _writing(made_by, at) as writer:
            known = writer.domain_key(row.pk)
            moved = 0 if known.state == KeyState.ACTIVE else writer.activate_domain(known)[1]
        return {"version": row.version, "values": moved}
    if row.algorithm == "HMAC-SM3" and holder_of(row.purpose) is not None:
        return _told(IndexRotation(_purpose(row.purpose), made_by, at, settle).run(progress))
    _moved(row, KeyState.ACTIVE, made_by, at)
    moving = rotation_of(_purpose(row.purpose), progress)
    return _told(rotation.rotate_purposes([moving], made_by, at, settle, begun=True)[0])


def _revoke(
    row: RootKey | DomainKey | DataKey, made_by: str, at: datetime, settle: float, progress: Progress
) -> Result:
    """Takes a key out of use now, and moves everything it protected to new keys."""
    if isinstance(row, RootKey):
        return _revoke_root(row, made_by, at)
    if isinstance(row, DomainKey):
        with _writing(made_by, at) as writer:
            known = writer.domain_key(row.pk)
            if known.state == KeyState.ACTIVE:
                writer.replace_domain(known)
            elif known.state != KeyState.COMPROMISED:
                writer.move(known, KeyState.COMPROMISED.value)
        return _follow(
            [p for p in registered_purposes() if p.domain == row.domain], made_by, at, settle, progress
        )
    if row.algorithm == "HMAC-SM3":
        rotation_of_index = IndexRotation(_purpose(row.purpose), made_by, at, settle)
        return _told(rotation_of_index.replace(row.pk, progress))
    with _writing(made_by, at) as writer:
        key = writer.data_key(row.pk)
        if key.state != KeyState.COMPROMISED:
            in_use = key.state == KeyState.ACTIVE
            writer.move(key, KeyState.COMPROMISED.value)
            if in_use:
                writer.ensure(_purpose(row.purpose))
    moving = rotation_of(_purpose(row.purpose), progress)
    if not moving.is_able:
        return {"key": row.pk, "left": [row.purpose]}
    return _told(rotation.rotate_purposes([moving], made_by, at, settle, begun=True)[0])


def _revoke_root(row: RootKey, made_by: str, at: datetime) -> Result:
    """A new root key over all domain keys; what they protect is rotated domain by domain by further ceremonies."""
    if row.state == KeyState.ACTIVE:
        rotation.activate_root(rotation.make_root_version(made_by, at), made_by, at)
    done = _moved(RootKey.objects.get(pk=row.pk), KeyState.COMPROMISED, made_by, at)
    return {**done, "left": sorted({purpose.domain for purpose in registered_purposes()})}


def _follow(purposes: list[Purpose], made_by: str, at: datetime, settle: float, progress: Progress) -> Result:
    """New versions of every data key below a leaked one; `left` names those that cannot be written anew."""
    able = [p for p in purposes if holder_of(p.name) or (p.algorithm == "SM4-GCM" and rotation_of(p).is_able)]
    left = sorted({p.name for p in purposes} - {p.name for p in able})
    done = [rotated(purpose, made_by, at, settle, progress, once=True) for purpose in able]
    return {"reencrypted": sum(one.reencrypted for one in done), "left": left}


def _moved(row: RootKey | DomainKey | DataKey, state: KeyState, made_by: str, at: datetime) -> Result:
    """One version into one state; a state that was reached before is left alone."""
    told = {"key": row.pk, "version": row.version, "state": state.value}
    if row.state == state:
        return told
    with _writing(made_by, at) as writer:
        if isinstance(row, RootKey):
            writer.move(writer.root_key(row.version), state.value)
        elif isinstance(row, DomainKey):
            writer.move(writer.domain_key(row.pk), state.value)
        else:
            writer.move(writer.data_key(row.pk), state.value)
    if isinstance(row, RootKey) and state == KeyState.DESTROYED:
        keyring.root.remove(row.version)
    return told


@contextmanager
def _writing(made_by: str, at: datetime) -> Iterator[KeyWriter]:
    """A writing session of the key tables; opened keys are read again afterwards."""
    with key_store.session(writing=True) as cursor:
        yield KeyWriter(cursor, Maker(keyring.root, made_by, at))
    keyring.forget()


def _purpose(name: str) -> Purpose:
    found = purpose_named(name)
    if found is None:
        raise Duplicate("key.ceremony_over", _("Nothing uses this key any more."))
    return found


def _told(done: Rotated) -> Result:
    return {"version": done.version, "values": done.values, "reencrypted": done.reencrypted}


@contextmanager
def _alone(ceremony_id: int) -> Iterator[None]:
    """One worker at a ceremony; the lock goes with the connection of who dies."""
    with connection.cursor() as cursor:
        if not _locked(cursor, ceremony_id):
            raise Duplicate("key.ceremony_busy", _("This ceremony is being carried out."))
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, ceremony_id])


def _locked(cursor: CursorWrapper, ceremony_id: int) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, ceremony_id])
    return bool(cursor.fetchone()[0])


def _ended(ceremony: KeyCeremony, state: CeremonyState, result: Result, problem: str = "") -> KeyCeremony:
    """Notes the end, and writes it into the operation log."""
    now = timezone.now()
    with transaction.atomic():
        ceremony.state, ceremony.result, ceremony.problem = state, result, problem
        ceremony.done_at = now
        ceremony.save(update_fields=["state", "result", "problem", "done_at"])
        _note(ceremony, "key.carry_out", now, result=problem or "ok")
    return ceremony


def _note(ceremony: KeyCeremony, action: str, at: datetime, result: str = "ok") -> None:
    """A row in the operation log. The work itself is done in transactions of its own: what cannot be logged is
    not begun."""
    told = {"ceremony": ceremony.action, "level": ceremony.level, "key": ceremony.target}
    record(
        system_actor("keys", []), action, at, subject="key", object_id=ceremony.pk, fields=told,
        reason=ceremony.reason, result=result,
    )  # fmt: skip
