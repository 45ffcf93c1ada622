"""Signed requests: accepted as they were signed, once and in time; anything else is refused and does nothing."""

import base64
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from security.approvals.models import ChangeRequest
from security.authentication import signing
from security.authentication.signing import WINDOW, claim_of
from security.crypto.backends import Sm2Key, sm2
from security.crypto.sm2_formats import N
from security.models import ApiClient, ClientKey, ClientNonce, OperationLog
from security.services import client_proof
from tests.factories.security import NOW, client_system, everything
from tests.support.database_roles import database_role
from tests.support.signing import Sent

pytestmark = pytest.mark.django_db
OK, INVALID = (200, ""), (401, "auth.invalid")
PAIR = sm2().generate()
OTHER = sm2().generate()
BODY = b'{"client_id": "new-bank", "name": "New", "org": "1000", "scopes": ["customer.view"]}'


@pytest.fixture
def shared() -> bytes:
    """The shared key `k1` of a system that may manage systems; `s1` is its SM2 key."""
    client_system("core-bank", roles=("administrator",))
    made = client_proof.add_shared_key(everything(), "core-bank", "k1", at=NOW)
    client_proof.add_public_key(everything(), "core-bank", "s1", "04" + PAIR.public.hex(), at=NOW)
    return bytes.fromhex(made.secret)


def post() -> Sent:
    return Sent(
        "POST",
        "/api/v1/api-clients",
        content_type="application/json",
        body=BODY,
        headers={"Idempotency-Key": "a-key-of-this-test"},
    )


def asked_for() -> int:
    """How many clients wait for a second person."""
    with database_role("engine"):
        return ChangeRequest.objects.filter(operation="client.issue").count()


def both(shared: bytes, sent: Sent) -> list[Sent]:
    """The request signed with the shared key and with the SM2 key."""
    return [sent.signed(shared), replace(sent, key="s1", nonce=sent.nonce[::-1]).signed(PAIR)]


def test_a_signed_request_is_the_clients(shared: bytes) -> None:
    for sent in both(shared, Sent()):
        answer = sent.send()
        assert answer.told == OK
        assert answer.body["client_id"] == "core-bank"
    assert ClientNonce.objects.count() == 2


def test_query_body_and_path_are_part_of_it(shared: bytes) -> None:
    assert Sent(path="/api/v1/api-clients", query="page_size=5&cursor=").signed(shared).send().status in (
        200,
        400,
    )
    answer = post().signed(shared).send()
    assert answer.status == 202  # another person agrees first
    assert asked_for() == 1


def test_the_order_of_the_query_does_not_matter(shared: bytes) -> None:
    sent = Sent(path="/api/v1/problems", query="b=2&a=1").signed(shared)
    assert sent.canonical() == replace(sent, query="a=1&b=2").canonical()
    one, two = (
        replace(sent, query=q, nonce=n).signed(shared)
        for q, n in (("b=2&a=1", "n" * 16), ("a=1&b=2", "m" * 16))
    )
    assert one.send().told == two.send().told


def test_a_path_beyond_ascii_is_signed_percent_encoded(shared: bytes) -> None:
    sent = Sent(path="/api/v1/problems/张").signed(shared)
    assert b"/api/v1/problems/%E5%BC%A0\n" in sent.canonical()
    assert sent.send().status == 404


Change = Callable[[Sent], Sent]


def raw(text: str) -> Change:
    """Another header altogether; `{ok}` is the right one."""
    return lambda sent: replace(sent, authorization=text.replace("{ok}", sent.header()))


def der(change: Callable[[bytes], bytes]) -> Change:
    """Another form of the right SM2 signature."""

    def changed(sent: Sent) -> Sent:
        good = replace(sent, key="s1").signed(PAIR)
        return replace(good, signature=change(good.signature))

    return changed


def pair(r: int, s: int) -> bytes:
    def integer(value: int) -> bytes:
        told = value.to_bytes(value.bit_length() // 8 + 1, "big", signed=False)
        return bytes([2, len(told)]) + told

    inner = integer(r) + integer(s)
    return bytes([0x30, len(inner)]) + inner


def swapped(signature: bytes) -> bytes:
    r, s = signing.signature_from_der(signature)
    return pair(s, r)


#: What is sent is not what was signed. Each is refused alike, so that nobody learns which part was wrong.
WRONG: dict[str, Change] = {
    "another method": lambda s: replace(s, method="HEAD"),
    "another path": lambda s: replace(s, path="/api/v1/api-clients"),
    "a third path": lambda s: replace(s, path="/api/v1/alerts"),
    "a query": lambda s: replace(s, query="a=1"),
    "an empty query part": lambda s: replace(s, query="&"),
    "another host": lambda s: replace(s, host="localhost"),
    "a host with a port": lambda s: replace(s, host="testserver:8443"),
    "a content type": lambda s: replace(s, content_type="application/json", body=b" "),
    "a body": lambda s: replace(s, body=b"x", content_type=""),
    "another client": lambda s: replace(s, client="core-bans"),
    "an unknown client": lambda s: replace(s, client="nobody"),
    "another key": lambda s: replace(s, key="s1"),
    "an unknown key": lambda s: replace(s, key="k9"),
    "another timestamp": lambda s: replace(s, timestamp=str(int(s.timestamp) + 1)),
    "another nonce": lambda s: replace(s, nonce=s.nonce[::-1] + "a"),
    "the wrong shared key": lambda s: s.signed(bytes(32)),
    "an empty shared key": lambda s: s.signed(b""),
    "the wrong private key": lambda s: replace(s, key="s1").signed(OTHER),
    "HMAC under the public key": lambda s: replace(s, key="s1").signed(PAIR.public),
    "HMAC under the point with 04": lambda s: replace(s, key="s1").signed(b"\x04" + PAIR.public),
    "SM2 where HMAC is agreed": lambda s: s.signed(PAIR),
    "another user id": lambda s: replace(
        s, key="s1", signature=sm2().sign(PAIR, replace(s, key="s1").canonical(), b"another-id")
    ),
    "no signature": lambda s: replace(s, signature=b""),
    "a short signature": lambda s: replace(s, signature=s.signature[:31]),
    "a long signature": lambda s: replace(s, signature=s.signature + b"\0"),
    "a signature of zeros": lambda s: replace(s, signature=bytes(32)),
    "DER with bytes behind": der(lambda d: d + b"\0"),
    "DER cut off": der(lambda d: d[:-1]),
    "DER with a long length": der(lambda d: b"\x30\x81" + d[1:]),
    "DER with a leading zero": der(lambda d: bytes([0x30, d[1] + 1, 2, d[3] + 1, 0]) + d[4:]),
    "DER of another tag": der(lambda d: b"\x31" + d[1:]),
    "DER with an indefinite length": der(lambda d: b"\x30\x80" + d[2:] + b"\0\0"),
    "raw r and s": der(lambda d: b"".join(v.to_bytes(32, "big") for v in signing.signature_from_der(d))),
    "r and s swapped": der(swapped),
    "r zero": der(lambda d: pair(0, 1)),
    "s zero": der(lambda d: pair(1, 0)),
    "r of n": der(lambda d: pair(N, 1)),
    "s of n": der(lambda d: pair(1, N)),
    "s beyond n": der(lambda d: pair(signing.signature_from_der(d)[0], signing.signature_from_der(d)[1] + N)),
    "r and s one": der(lambda d: pair(1, 1)),
    "no credentials": raw("Panorama-Signature"),
    "empty credentials": raw("Panorama-Signature "),
    "another scheme": raw("Signature client=x"),
    "the scheme in small letters": lambda s: replace(
        s, authorization=s.header().replace("Panorama-S", "panorama-s")
    ),
    "the header twice": raw("{ok}, {ok}"),
    "a part more": raw('{ok}, algorithm="none"'),
    "a blank behind": raw("{ok} x"),
    "the parts in another order": lambda s: replace(s, authorization=_reordered(s.header())),
    "a part left out": lambda s: replace(s, authorization=s.header().replace(f', nonce="{s.nonce}"', "")),
    "a part twice": lambda s: replace(
        s, authorization=s.header().replace("key=", f'nonce="{s.nonce}", key=')
    ),
    "no quotes": lambda s: replace(s, authorization=s.header().replace('"', "")),
    "base64 of the web": lambda s: replace(
        s, authorization=_rewritten(s, base64.urlsafe_b64encode(b"\xff\xfe" * 16).decode())
    ),
    "base64 with a blank": lambda s: replace(s, authorization=_rewritten(s, "AAAA " * 10)),
    "base64 of another spelling": lambda s: replace(s, authorization=_respelled(s)),
    "no number as timestamp": lambda s: replace(s, timestamp="now").signed(b"x" * 32),
    "a fraction as timestamp": lambda s: replace(s, timestamp=s.timestamp + ".5"),
    "a short nonce": lambda s: replace(s, nonce="abc"),
    "a long nonce": lambda s: replace(s, nonce="a" * 65),
    "a nonce with a line feed": lambda s: replace(s, nonce="a" * 16 + "%0A"),
    "a key with a slash": lambda s: replace(s, key="k/1"),
    "a client in capitals": lambda s: replace(s, client="CORE-BANK"),
}


def _reordered(header: str) -> str:
    scheme, _blank, told = header.partition(" ")
    return f"{scheme} {', '.join(reversed(told.split(', ')))}"


def _rewritten(sent: Sent, signature: str) -> str:
    return sent.header().rpartition('signature="')[0] + f'signature="{signature}"'


def _respelled(sent: Sent) -> str:
    """The same bytes, with bits set behind the last one."""
    told = base64.b64encode(sent.signature).decode()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = told.rstrip("=")[-1]
    return _rewritten(sent, told.rstrip("=")[:-1] + letters[letters.index(last) + 1] + "=")


def test_there_are_sixty_of_them() -> None:
    assert len(WRONG) >= 60


@pytest.mark.parametrize("case", WRONG)
def test_what_was_not_signed_so_is_refused_and_uses_up_no_nonce(shared: bytes, case: str) -> None:
    answer = WRONG[case](Sent().signed(shared)).send()
    assert answer.status in (400, 401), answer
    if answer.status == 401 and answer.body:
        assert answer.told == INVALID
        assert answer.body["detail"] == "The token is not accepted."
    assert not ClientNonce.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("revoked_at", NOW),
        ("valid_to", NOW),
        ("valid_from", timezone.now() + timedelta(hours=1)),
    ],
)
def test_a_key_that_does_not_hold_now_is_refused(shared: bytes, field: str, value: Any) -> None:
    ClientKey.objects.filter(key_id="k1").update(**{field: value})
    assert Sent().signed(shared).send().told == INVALID
    assert replace(Sent(), key="s1").signed(PAIR).send().told == OK


@pytest.mark.parametrize("change", [{"active": False}, {"expires_at": NOW}])
def test_a_client_that_may_not_call_is_refused(shared: bytes, change: dict[str, Any]) -> None:
    ApiClient.objects.update(**change)
    assert Sent().signed(shared).send().told == INVALID


@pytest.mark.parametrize("ahead", [WINDOW + 2, -WINDOW - 2, 3600, -3600])
def test_a_clock_that_differs_too_much_is_told_so(shared: bytes, ahead: int) -> None:
    sent = Sent(timestamp=str(int(time.time()) + ahead)).signed(shared)
    assert sent.send().told == (401, "auth.clock")
    assert not ClientNonce.objects.exists()


@pytest.mark.parametrize("ahead", [WINDOW - 5, 5 - WINDOW])
def test_a_clock_that_differs_a_little_is_accepted(shared: bytes, ahead: int) -> None:
    assert Sent(timestamp=str(int(time.time()) + ahead)).signed(shared).send().told == OK


def test_a_thousand_replays_are_refused_and_do_nothing(shared: bytes) -> None:
    sent = post().signed(shared)
    assert sent.send().status == 202
    asked, operations = asked_for(), OperationLog.objects.count()
    told = {replace(sent, headers={"Idempotency-Key": f"another-key-{n}"}).send().told for n in range(500)}
    told |= {sent.send().told for _n in range(500)}
    assert told == {(409, "auth.replayed")}
    assert (asked_for(), OperationLog.objects.count()) == (asked, operations)


def test_an_old_nonce_is_forgotten_only_when_its_request_is_too_old(shared: bytes) -> None:
    sent = Sent().signed(shared)
    assert sent.send().told == OK
    used = ClientNonce.objects.get().used_at
    assert client_proof.forget_old(used + timedelta(seconds=2 * WINDOW)) == 0
    assert client_proof.forget_old(used + client_proof.NONCE_KEPT + timedelta(seconds=1)) == 1
    assert timedelta(seconds=2 * WINDOW) < client_proof.NONCE_KEPT


@pytest.mark.parametrize("ahead", [WINDOW, -WINDOW])
def test_the_border_of_the_window_belongs_to_it_on_both_sides(ahead: int) -> None:
    """To the second: at the border a request is in time, a second further it is not."""
    claim = _parts(Sent(timestamp="1790000000").signed(b"s" * 32))[1]
    border = datetime.fromtimestamp(1_790_000_000 + ahead, UTC)
    beyond = border + timedelta(seconds=1 if ahead > 0 else -1)
    assert (signing.is_timely(claim, border), signing.is_timely(claim, beyond)) == (True, False)


def test_whatever_nonce_is_forgotten_its_request_is_too_old_by_then(shared: bytes) -> None:
    """Also that of a clock that is as far ahead as it may be, sent again the moment its nonce is gone."""
    ahead = Sent(timestamp=str(int(time.time()) + WINDOW - 5)).signed(shared)
    assert ahead.send().told == OK
    used = ClientNonce.objects.get().used_at
    gone = used + client_proof.NONCE_KEPT + timedelta(microseconds=1)
    assert client_proof.forget_old(gone) == 1
    claim = claim_of(ahead.header().partition(" ")[2])
    assert claim is not None
    assert not signing.is_timely(claim, gone)

    old = Sent(timestamp=str(int(time.time()) - int(client_proof.NONCE_KEPT.total_seconds()))).signed(shared)
    assert old.send().told == (401, "auth.clock")
    assert not ClientNonce.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_one_request_sent_sixteen_times_at_once_one_passes(shared: bytes) -> None:
    """Each with an idempotency key of its own, which is not signed: the nonce alone stops the others."""
    sent, start = post().signed(shared), threading.Barrier(16)

    def send(number: int) -> tuple[int, str]:
        try:
            start.wait(300)
            return replace(sent, headers={"Idempotency-Key": f"a-key-of-thread-{number}"}).send().told
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        told = sorted(pool.map(send, range(16)))
    assert told == [(202, ""), *[(409, "auth.replayed")] * 15]
    assert (asked_for(), ClientNonce.objects.count()) == (1, 1)


def test_two_clients_may_use_the_same_nonce(shared: bytes) -> None:
    client_system("other-bank")
    made = client_proof.add_shared_key(everything(), "other-bank", "k1", at=NOW)
    sent = Sent(nonce="n" * 32)
    assert sent.signed(shared).send().told == OK
    assert replace(sent, client="other-bank").signed(bytes.fromhex(made.secret)).send().told == OK


@given(place=st.integers(min_value=0), flip=st.integers(1, 255))
@settings(max_examples=400, deadline=None)
def test_a_change_of_any_one_byte_of_what_is_signed_fails(place: int, flip: int) -> None:
    for key, private in ((HMAC, b"s" * 32), (SM2, PAIR)):
        sent = replace(MESSAGE, key=key.key_id).signed(private)
        message, claim = _parts(sent)
        assert _is_signed(key, message, claim, private)
        names = [f"message.{n}" for n in ("method", "path", "query", "host", "content_type", "body")]
        names += ["claim.nonce", "claim.client", "claim.key", "claim.signature"]
        name = names[place % len(names)]
        owner, _dot, field = name.partition(".")
        part = message if owner == "message" else claim
        changed = replace(part, **{field: _flipped(getattr(part, field), place, flip)})
        pair_ = (changed, claim) if owner == "message" else (message, changed)
        if signing.canonical(*pair_) != signing.canonical(message, claim) or field == "signature":
            assert not _is_signed(key, pair_[0], pair_[1], private)
        else:
            assert field in ("method", "host", "query")  # a capital letter, or the order of the query


def _flipped(value: Any, place: int, flip: int) -> Any:
    """The value with one byte (of a text: one character) changed."""
    if isinstance(value, bytes):
        at = place % len(value)
        return value[:at] + bytes([value[at] ^ flip]) + value[at + 1 :]
    at = place % len(value)
    return value[:at] + chr(ord(value[at]) ^ flip) + value[at + 1 :]


MESSAGE = Sent(
    "PATCH", "/api/v1/phones/7", "b=2&a=1", content_type="application/json", body=b'{"number": "1"}'
)
SM2 = ClientKey(pk=1, key_id="s1", algorithm="SM2", public_key=PAIR.public)
HMAC = ClientKey(pk=2, key_id="k1", algorithm="HMAC-SM3")


def _parts(sent: Sent) -> tuple[signing.Message, signing.Claim]:
    claim = claim_of(sent.header().partition(" ")[2])
    assert claim is not None
    message = signing.Message(sent.method, sent.path, sent.query, sent.host, sent.content_type, sent.body)
    assert signing.canonical(message, claim) == sent.canonical()
    assert signing.credentials(claim) == sent.header()
    return message, claim


def _is_signed(key: ClientKey, message: Any, claim: Any, private: bytes | Sm2Key) -> bool:
    if isinstance(private, bytes):
        key.sealed_key = signing.sealed(key.pk, private)
    return signing.is_signed_by(key, message, claim)


def test_a_shared_key_is_stored_sealed_and_bound_to_its_row(shared: bytes) -> None:
    row = ClientKey.objects.get(key_id="k1")
    assert shared not in bytes(row.sealed_key or b"")
    assert signing.opened(row) == shared
    row.pk += 1
    with pytest.raises(Exception, match="tampered"):
        signing.opened(row)


def test_who_has_to_sign_is_refused_with_a_token_alone(shared: bytes) -> None:
    from tests.support.api import Api

    _client, token = client_system("mobile-bank")
    made = client_proof.add_shared_key(everything(), "mobile-bank", "k1", at=NOW)
    assert Api(token).get("me").status == 200
    client_proof.limit(everything(), "mobile-bank", networks=[], quota=None, signed_only=True, at=NOW)
    told = Api(token).get("me")
    assert (told.status, told.code) == (401, "auth.signature_needed")
    assert replace(Sent(), client="mobile-bank").signed(bytes.fromhex(made.secret)).send().told == OK
