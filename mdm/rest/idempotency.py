"""An unsafe request happens once, however often it is sent: `Idempotency-Key` (security reference 5).

The record is written in the transaction of the effect, so there is never one without the other: a
failed request leaves no record and may be repeated, a lost answer is found again. Neither the key nor
the body is stored in clear: a caller may build its keys from a document number.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

from cryptography.hazmat.primitives import hashes
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from mdm.rest.models import BODY_KEY, DIGEST_KEY, IdempotencyRecord
from mdm.rest.operations import Answer, Call
from mdm.rest.refusals import Refusal
from security.crypto import keyring
from security.crypto.algorithms import sm3
from security.crypto.sealed import open_bytes, seal_bytes

#: How long an answer is kept.
RETENTION = timedelta(hours=72)
#: Seconds after which a caller asks again while the first request is under way.
RETRY_AFTER = "1"
REPLAYED = "Idempotency-Replayed"
#: Headers that belong to the kept answer.
KEPT_HEADERS = ("Location", "ETag")
_KEY = re.compile(r"[A-Za-z0-9_.:-]{8,120}")
_CHUNK = 1 << 20


def once(call: Call, effect: Callable[[], Answer], render: Callable[[Answer], HttpResponse]) -> HttpResponse:
    """The answer of `effect`, or the kept answer of the same request before.

    Refuses a missing or odd key (400), a key that came with something else (422) and a request whose
    twin is under way (409 with Retry-After).
    """
    key = _key(call.request)
    with transaction.atomic():
        _claim(call.actor.name, key)
        print_ = fingerprint(call.request)
        record = _find(call.actor.name, key, call.at)
        if record:
            return _replay(record, print_)
        answer = effect()
        _keep(_record(call, key, print_), render(answer.told_once()))
    return render(answer)


def forget_expired(at: datetime) -> int:
    """Delete the answers that are older than the retention at `at`; says how many."""
    return IdempotencyRecord.objects.filter(created_at__lt=at - RETENTION).delete()[0]


def _key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        raise Refusal("idempotency.key_missing", _("An “Idempotency-Key” is needed."))
    if not _KEY.fullmatch(key):
        raise Refusal("idempotency.key_invalid", _("The “Idempotency-Key” is not accepted."))
    return key


def _claim(client: str, key: str) -> None:
    """Hold this key until the transaction ends; Refusal 409 while another request holds it."""
    number = int.from_bytes(sm3(f"{client}\0{key}".encode())[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        free = bool(cursor.fetchone()[0])
    if not free:
        raise Refusal(
            "idempotency.in_progress",
            _("The same request is under way."),
            headers={"Retry-After": RETRY_AFTER},
        )


def _digests(text: bytes) -> list[str]:
    """HMAC-SM3 of `text` under every live key, the one in use first."""
    found = []
    for handle in keyring.versions(DIGEST_KEY):
        state = handle.keyed(b"panorama|idempotency|").copy()
        state.update(text)
        found.append(state.finalize().hex())
    return found


def _find(client: str, key: str, at: datetime) -> IdempotencyRecord | None:
    """The kept answer; one that is too old is forgotten now."""
    rows = IdempotencyRecord.objects.filter(client=client, key__in=_digests(key.encode()))
    rows.filter(created_at__lt=at - RETENTION).delete()
    return rows.first()


def fingerprint(request: Request) -> bytes:
    """What makes two requests the same: method, path, and the content of the body however it is written."""
    sent = request.data
    parts = _form(sent) if hasattr(sent, "getlist") else sent
    content = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return f"{request.method} {request.path}\n{content}".encode()


def _form(sent: Any) -> dict[str, list[Any]]:
    """A form by its fields; of a file its name and digest (the boundary differs at every sending)."""
    return {name: [_part(value) for value in sent.getlist(name)] for name in sent}


def _part(value: Any) -> Any:
    if not isinstance(value, UploadedFile):
        return value
    digest = hashes.Hash(hashes.SM3())
    for chunk in value.chunks(_CHUNK):
        digest.update(chunk)
    value.seek(0)
    return [value.name, digest.finalize().hex()]


def _record(call: Call, key: str, content: bytes) -> IdempotencyRecord:
    return IdempotencyRecord.objects.create(
        client=call.actor.name,
        key=_digests(key.encode())[0],
        fingerprint=_digests(content)[0],
        created_at=call.at,
    )


def _keep(record: IdempotencyRecord, response: HttpResponse) -> None:
    """Put the answer into the record, sealed and bound to its row."""
    record.status = response.status_code
    record.headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    record.body = seal_bytes(BODY_KEY, response.content, record.pk)
    record.save(update_fields=["status", "headers", "body"])


def _replay(record: IdempotencyRecord, content: bytes) -> HttpResponse:
    """The kept answer, if what was sent is what was sent before."""
    if not any(compare_digest(record.fingerprint, digest) for digest in _digests(content)):
        raise Refusal("idempotency.reused", _("This “Idempotency-Key” came with another request before."))
    body = open_bytes(BODY_KEY, bytes(record.body or b""), record.pk)
    headers = {**record.headers, REPLAYED: "true"}
    return HttpResponse(body, content_type="application/json", status=record.status or 200, headers=headers)
