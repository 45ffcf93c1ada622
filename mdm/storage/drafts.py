"""Drafts: what somebody has typed and not handed in yet: sealed, its owner's alone, gone after a day without use."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from mdm.errors import NotFound, Stale
from mdm.storage.models import Draft
from security.access.actor import Actor
from security.audit.log import record

Json = dict[str, Any]
#: How long a draft is kept after it was last saved.
KEPT_FOR = timedelta(hours=24)


class HandedIn(Stale):
    """A draft became what it was typed for."""


def begin(actor: Actor, kind: str, content: Json, *, at: datetime) -> Draft:
    """A new draft of the actor's; drafts whose time is over go, whoever they were of."""
    with transaction.atomic():
        forget_expired(at)
        draft = Draft(id=_next_id(), token=uuid.uuid4(), kind=kind, owner_id=int(actor.user_id or 0))
        _keep(draft, content, at)
        record(actor, "draft.begin", at, subject="draft", object_id=draft.pk, fields={"kind": kind})
        return draft


def mine(actor: Actor, kind: str, *, at: datetime) -> list[Draft]:
    """The actor's drafts that wait to be handed in, newest first."""
    rows = Draft.objects.filter(owner_id=actor.user_id, kind=kind, result="", expires_at__gt=at)
    return list(rows.order_by("-saved_at")[:20])


def one(actor: Actor, kind: str, token: uuid.UUID, *, at: datetime, lock: bool = False) -> Draft:
    """A draft of the actor's; NotFound `draft.unknown` for anybody else's and when its time is over."""
    rows = Draft.objects.select_for_update() if lock else Draft.objects.all()
    found = rows.filter(owner_id=actor.user_id, kind=kind, token=token, expires_at__gt=at).first()
    if found is None:
        raise NotFound("draft.unknown", _("There is no such draft any more: drafts are kept for a day."))
    return found


def save(actor: Actor, draft: Draft, part: str, told: Any, *, at: datetime) -> Draft:
    """Keep one part of a draft; the others stay as they are, also those that were saved meanwhile in another window.

    HandedIn where it was handed in meanwhile: nothing that is typed is kept in it any more.
    """
    with transaction.atomic():
        locked = one(actor, draft.kind, draft.token, at=at, lock=True)
        if locked.result:
            raise HandedIn(
                "draft.handed_in", _("This was handed in meanwhile: nothing more can be kept in it.")
            )
        _keep(locked, {**content_of(locked), part: told}, at)
        fields = {"kind": draft.kind, "part": part}
        record(actor, "draft.save", at, subject="draft", object_id=draft.pk, fields=fields)
        return locked


def hand_in(draft: Draft, result: str) -> None:
    """What was typed is done: only what became of it is kept. Called with the draft locked, where it is done."""
    draft.content, draft.result = None, result
    draft.save(update_fields=["content", "result"])


def drop(actor: Actor, draft: Draft, *, at: datetime) -> None:
    """Throw a draft away."""
    with transaction.atomic():
        record(actor, "draft.drop", at, subject="draft", object_id=draft.pk, fields={"kind": draft.kind})
        draft.delete()


def content_of(draft: Draft) -> Json:
    """What a draft holds, by part, in clear; for the server only."""
    return draft.content.open() if draft.content else {}


def forget_expired(at: datetime) -> int:
    """Delete the drafts whose time is over; says how many."""
    return Draft.objects.filter(expires_at__lte=at).delete()[0]


def _keep(draft: Draft, content: Json, at: datetime) -> None:
    draft.content, draft.saved_at, draft.expires_at = content, at, at + KEPT_FOR
    draft.save()


def _next_id() -> int:
    """The id is needed before saving, because sealed values are bound to it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('mdm_draft', 'id'))")
        return int(cursor.fetchone()[0])
