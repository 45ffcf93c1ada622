"""Sessions and locks: ended and released by their owner or by who manages users; passwords set by their owner."""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mdm.errors import FieldError, Invalid, NotFound
from security.access.actor import Actor
from security.audit.log import record
from security.authentication import attempts
from security.authentication.passwords import note_set
from security.authentication.sessions import end
from security.models import Session, User
from security.selectors.accounts import get_user
from security.selectors.sign_in import own_sessions, visible_sessions


def end_session(actor: Actor, session_id: int, *, reason: str, at: datetime) -> Session:
    """End somebody's session from afar. Raises NotFound `session.unknown` out of scope or when over."""
    with transaction.atomic():
        found = visible_sessions(actor, at=at).filter(pk=session_id).first()
        return _end(actor, found, reason, at)


def end_own_session(actor: Actor, session_id: int, *, at: datetime) -> Session:
    """End another session of one's own. Raises NotFound `session.unknown`."""
    with transaction.atomic():
        found = own_sessions(actor, at=at).filter(pk=session_id).first()
        return _end(actor, found, "", at)


def release_lock(actor: Actor, user_id: int, *, reason: str, at: datetime) -> User:
    """Let an account be signed in to again before its time. Raises NotFound `user.unknown`, `lock.none`."""
    with transaction.atomic():
        user = get_user(actor, user_id)
        if not attempts.is_locked(user.username, at=at):
            raise NotFound("lock.none", _("This account is not locked."))
        attempts.forget(user.username)
        record(
            actor, "lock.release", at, subject="user", object_id=user.pk, fields=_named(user), reason=reason
        )
    return user


def change_password(actor: Actor, user: User, old: str, new: str, *, at: datetime) -> None:
    """The account's owner takes a new password. Raises Invalid `user.password`, `password.old`, Locked."""
    attempts.take(user.username, at=at)
    if not user.check_password(old):
        attempts.note_whose(user.username, user.pk)
        raise _refused("password.old", "old", str(_("This is not your password.")))
    attempts.give_back(user.username)
    try:
        validate_password(new, user)
    except ValidationError as weak:
        raise _refused("user.password", "new", " ".join(weak.messages)) from None
    with transaction.atomic():
        user.set_password(new)
        user.save(update_fields=["password"])
        note_set(user, at=at, must_change=False)
        record(actor, "password.change", at, subject="user", object_id=user.pk, fields=_named(user))


def _refused(code: str, place: str, text: str) -> Invalid:
    return Invalid(code, text, [FieldError(f"/{place}", code, text)])


def _end(actor: Actor, found: Session | None, reason: str, at: datetime) -> Session:
    if found is None:
        raise NotFound("session.unknown", _("This session is over already."))
    end(Session.objects.filter(pk=found.pk), "remote", at)
    fields = {"user": found.user.username if found.user else "", "session": found.pk}
    record(actor, "session.end", at, subject="session", object_id=found.user_id, fields=fields, reason=reason)
    return found


def _named(user: User) -> dict[str, str]:
    return {"user": user.username}
