"""Where a session begins and ends: what is written into its row and into the operation log."""

from datetime import datetime

from allauth.account.internal.flows.login import get_authentication_records
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from security.access.actor import Actor, staff_actor, system_actor
from security.audit.log import record
from security.authentication import attempts
from security.authentication.freshness import prove
from security.authentication.policy import policy
from security.authentication.sessions import alive, digest_of, end
from security.models import Session, User

#: What the log calls a door.
_SUBJECT = "session"


def begun(request: HttpRequest, user: User, *, at: datetime) -> None:
    """A sign-in is complete: note how, end what is too many, forget wrong guesses."""
    prove(request.session, at)
    with transaction.atomic():
        request.session.save()
        row = _row(request.session)
        row.update(
            user=user,
            address=_address(request),
            agent=request.headers.get("User-Agent", "")[:200],
            method=method_of(request, user),
        )
        attempts.forget(user.username)
        record(
            _actor(request, user, at),
            "session.begin",
            at,
            subject=_SUBJECT,
            fields={"method": method_of(request, user)},
        )
    if policy.sessions_per_user:
        _end_surplus(request, user, at)


def refused(request: HttpRequest, *, at: datetime, user: User | None = None, result: str = "refused") -> None:
    """Somebody was not let in. Never what was typed as a name: people type passwords there."""
    nobody = system_actor("sign-in", (), channel="COUNTER").asking(_request_id(request), _address(request))
    about = user.pk if user else None
    with transaction.atomic():
        record(nobody, "session.begin", at, subject=_SUBJECT, object_id=about, result=result)


def other_sessions(request: HttpRequest, user: User, *, at: datetime) -> int:
    """End every other session of the account; says how many."""
    own = digest_of(request.session.session_key or "")
    return end(alive(at).filter(user=user).exclude(digest=own), "password", at)


def method_of(request: HttpRequest, user: User) -> str:
    """The strongest proof of this sign-in: passkey, code, provider or password."""
    found = {
        ("passkey" if one.get("type") == "webauthn" else "code") if one["method"] == "mfa" else one["method"]
        for one in get_authentication_records(request, user)
    }
    order = ("passkey", "code", "socialaccount", "password")
    return next((name for name in order if name in found), "password")


def _end_surplus(request: HttpRequest, user: User, at: datetime) -> None:
    """The newest sessions stay, as many as the policy allows."""
    own = digest_of(request.session.session_key or "")
    others = alive(at).filter(user=user).exclude(digest=own).order_by("-last_seen_at")
    surplus = [row.pk for row in others[policy.sessions_per_user - 1 :]]
    if surplus:
        end(Session.objects.filter(pk__in=surplus), "elsewhere", at)
        fields = {"sessions": len(surplus), "how": "elsewhere"}
        record(_actor(request, user, at), "session.end", at, subject=_SUBJECT, fields=fields)


def _row(session: SessionBase) -> QuerySet[Session]:
    return Session.objects.filter(digest=digest_of(session.session_key or ""))


def _actor(request: HttpRequest, user: User, at: datetime) -> Actor:
    return staff_actor(user, at).asking(_request_id(request), _address(request))


def _address(request: HttpRequest) -> str | None:
    return request.META.get("REMOTE_ADDR") or None


def _request_id(request: HttpRequest) -> str:
    return str(request.META.get("HTTP_X_REQUEST_ID", ""))
