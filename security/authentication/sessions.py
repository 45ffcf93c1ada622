"""SESSION_ENGINE: sessions in the database that a dump of the database does not open.

The row is found by the SM3 digest of the key in the cookie (165 random bits, so nothing is guessed
back), and its content is sealed with SM4-GCM and bound to that digest. A session ends when it is idle,
when it is old, when its user or an administrator ends it, or when the user's account is closed; an ended
one keeps its row for a while without content, so that people are told why.
"""

import json
from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from security.access.compiled import Compiled
from security.authentication.keys import SESSION_KEY
from security.authentication.policy import policy
from security.crypto.algorithms import sm3
from security.crypto.sealed import open_bytes, seal_bytes
from security.models import Session

#: Where Django keeps who is signed in.
_USER = "_auth_user_id"


def digest_of(key: str) -> str:
    """What stands for a session key in the database: 64 hexadecimal digits."""
    return sm3(f"panorama|session|{key}".encode()).hex()


def alive(at: datetime) -> QuerySet[Session]:
    """The sessions that are open at `at`."""
    return Session.objects.filter(
        ended_at=None, last_seen_at__gt=at - policy.idle, begun_at__gt=at - policy.absolute
    )


def why_over(row: Session, at: datetime) -> str:
    """How a session ended: `idle`, `age`, what was noted, or empty while it is open."""
    if row.ended_at is not None:
        return row.ended_by
    if row.begun_at <= at - policy.absolute:
        return "age"
    return "idle" if row.last_seen_at <= at - policy.idle else ""


_NAMED = Compiled(lambda digest: Session.objects.filter(digest=digest), digest="\0digest")


class SessionStore(SessionBase):
    """One browser's session. `over` says after loading why it had ended, `row` which row it is."""

    over = ""
    row: Session | None = None

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(digest=digest_of(session_key)).exists()

    def load(self) -> dict[str, Any]:
        row = next(iter(_NAMED(digest=digest_of(self.session_key or ""))), None)
        self.over = why_over(row, timezone.now()) if row else ""
        if row is None or self.over:
            self._session_key = None
            return {}
        self.row = row
        return _opened(row)

    def create(self) -> None:
        self.row = None
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            return self.create()
        told = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        digest, user_id = digest_of(self.session_key), told.get(_USER)
        content = {"data": _sealed(digest, told), "user_id": int(user_id) if user_id else None}
        if must_create:
            return _make(digest, content)
        if not Session.objects.filter(digest=digest, ended_at=None).update(**content):
            raise UpdateError
        return None

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            end(Session.objects.filter(digest=digest_of(key)), "out", timezone.now())

    @classmethod
    def clear_expired(cls) -> None:
        forget_old(timezone.now())


def end(rows: QuerySet[Session], how: str, at: datetime) -> int:
    """End sessions: `out` (signed out), `remote`, `elsewhere` (a newer one), `closed`; says how many."""
    return rows.filter(ended_at=None).update(ended_at=at, ended_by=how, data=b"")


def forget_old(at: datetime) -> int:
    """Delete the rows of sessions that ended a day ago; says how many."""
    long_ago = at - policy.absolute - policy.absolute
    return Session.objects.filter(Q(begun_at__lt=long_ago) | Q(ended_at__lt=long_ago)).delete()[0]


def _make(digest: str, content: dict[str, Any]) -> None:
    now = timezone.now()
    try:
        with transaction.atomic():
            Session.objects.create(digest=digest, begun_at=now, last_seen_at=now, **content)
    except IntegrityError:
        raise CreateError from None


def _sealed(digest: str, told: dict[str, Any]) -> bytes:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return seal_bytes(SESSION_KEY, text, row_id(digest))


def _opened(row: Session) -> dict[str, Any]:
    text = open_bytes(SESSION_KEY, bytes(row.data), row_id(row.digest))
    return dict(json.loads(text))


def row_id(digest: str) -> int:
    """What binds the content to its row, so that nobody's session is put into another's."""
    return int(digest[:15], 16)
