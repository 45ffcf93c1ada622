"""Signed requests: what is signed, how it is sent, and what is accepted (security reference, section 5).

A client system sends, in this order and each once,

    Authorization: Panorama-Signature client="core-bank", key="k1", timestamp="1790000000",
                   nonce="b1946ac92492d2347c6235b4d2611184", signature="<base64>"

The signature is over ten lines joined by a line feed, in UTF-8:

    METHOD / path / sorted query / host / content type / SM3 of the body in hex / timestamp / nonce / client / key

The path is percent-encoded as in RFC 3986 (unreserved characters, "/", ":" stay), the query's parts are as
sent, sorted by their bytes and joined by "&". The key says the algorithm, never the request: HMAC-SM3
(32 bytes) or SM2 with SM3 and the default user id (DER, GM/T 0009). These are the components of RFC 9421
"@method", "@path", "@query", "@authority", "content-type", "content-digest", so a profile of it can follow.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from urllib.parse import quote

from security.authentication.keys import CLIENT_KEY
from security.crypto.algorithms import hmac_sm3, sm3
from security.crypto.backends import Sm2Refused, sm2
from security.crypto.sealed import open_bytes, seal_bytes
from security.crypto.sm2_formats import signature_from_der, signature_to_der
from security.models import ClientKey

SCHEME = "Panorama-Signature"
#: Seconds by which the clocks of caller and server may differ.
WINDOW = 300
_CREDENTIALS = re.compile(
    r'client="(?P<client>[a-z0-9][a-z0-9_-]{2,31})", key="(?P<key>[A-Za-z0-9_.-]{1,40})", '
    r'timestamp="(?P<timestamp>[1-9][0-9]{9})", nonce="(?P<nonce>[A-Za-z0-9_-]{16,64})", '
    r'signature="(?P<signature>[A-Za-z0-9+/]{40,120}={0,2})"'
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What the header says, nothing of it proved yet."""

    client: str
    key: str
    timestamp: int
    nonce: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """The parts of a request that are signed. `query` and `content_type` are as sent, `path` decoded."""

    method: str
    path: str
    query: str
    host: str
    content_type: str
    body: bytes


def claim_of(credentials: str) -> Claim | None:
    """The claim in what follows the scheme; None for anything but the exact form, each part once."""
    found = _CREDENTIALS.fullmatch(credentials)
    if not found:
        return None
    try:
        signature = b64decode(found["signature"], validate=True)
    except NotBase64:
        return None
    if b64encode(signature).decode() != found["signature"]:
        return None  # bits behind the last byte: the same signature must not have two spellings
    return Claim(found["client"], found["key"], int(found["timestamp"]), found["nonce"], signature)


def is_timely(claim: Claim, at: datetime) -> bool:
    """Whether the request was signed within the window around `at`."""
    return abs(at.timestamp() - claim.timestamp) <= WINDOW


def canonical(message: Message, claim: Claim) -> bytes:
    """The ten lines that are signed."""
    query = b"&".join(sorted(message.query.encode().split(b"&"))).decode()
    lines = (
        message.method.upper(),
        quote(message.path, safe="/:~"),
        query,
        message.host.lower(),
        message.content_type,
        sm3(message.body).hex(),
        str(claim.timestamp),
        claim.nonce,
        claim.client,
        claim.key,
    )
    return "\n".join(lines).encode()


def credentials(claim: Claim) -> str:
    """The header's value, as a caller builds it."""
    told = b64encode(claim.signature).decode()
    return (
        f'{SCHEME} client="{claim.client}", key="{claim.key}", timestamp="{claim.timestamp}", '
        f'nonce="{claim.nonce}", signature="{told}"'
    )


def is_signed_by(key: ClientKey, message: Message, claim: Claim) -> bool:
    """Whether the signature is this key's over exactly this message; never raises for a wrong one."""
    text = canonical(message, claim)
    if key.algorithm == ClientKey.Algorithm.HMAC_SM3:
        return compare_digest(hmac_sm3(opened(key), text), claim.signature)
    return _is_sm2(bytes(key.public_key or b""), text, claim.signature)


def _is_sm2(public: bytes, text: bytes, signature: bytes) -> bool:
    try:
        if signature_to_der(*signature_from_der(signature)) != signature:
            return False  # one signature has one form: no longer lengths, no leading zeros, nothing behind
        return sm2().verify(public, text, signature)
    except Sm2Refused:
        return False


def sealed(key_row: int, shared: bytes) -> bytes:
    """A shared key as it is stored, bound to its row."""
    return seal_bytes(CLIENT_KEY, shared, key_row)


def opened(key: ClientKey) -> bytes:
    """The shared key of a row."""
    return open_bytes(CLIENT_KEY, bytes(key.sealed_key or b""), key.pk)
