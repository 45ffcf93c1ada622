"""The curve of SM2 (GB/T 32918.5), and the DER forms of its signatures, ciphertexts and keys (GM/T 0009)."""

import base64
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from security.crypto.backends import Sm2Key, Sm2Refused

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = bytes.fromhex(
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)

_INTEGER, _OCTETS, _SEQUENCE = 0x02, 0x04, 0x30
#: AlgorithmIdentifier: id-ecPublicKey with the curve 1.2.156.10197.1.301.
_ALGORITHM = bytes.fromhex("301306072A8648CE3D020106082A811CCF5501822D")


@dataclass(frozen=True, slots=True)
class Ciphertext:
    """C1 as x | y, C3 (32 bytes) and C2 (as long as the data)."""

    point: bytes
    digest: bytes
    masked: bytes


def checked_public(public: bytes) -> bytes:
    """The point x | y, given in 64 bytes or in 65 with the leading 04; raises Sm2Refused off the curve."""
    if len(public) == 65:
        if public[0] != 4:
            raise Sm2Refused("only uncompressed points are accepted")
        public = public[1:]
    x, y = int.from_bytes(public[:32], "big"), int.from_bytes(public[32:], "big")
    if len(public) != 64 or x >= P or y >= P or (y * y - (x * x * x + A * x + B)) % P:
        raise Sm2Refused("this is not a point of the curve")
    return public


def checked_key(key: Sm2Key) -> Sm2Key:
    """The key, if its private half is in 1..n-2 and its public half on the curve."""
    if len(key.private) != 32 or not 1 <= int.from_bytes(key.private, "big") <= N - 2:
        raise Sm2Refused("the private key is out of range")
    return Sm2Key(key.private, checked_public(key.public))


def signature_to_der(r: int, s: int) -> bytes:
    """SEQUENCE { INTEGER r, INTEGER s }."""
    return encode_dss_signature(r, s)


def signature_from_der(signature: bytes) -> tuple[int, int]:
    """The pair r, s, both in 1..n-1; raises Sm2Refused."""
    try:
        r, s = decode_dss_signature(signature)
    except ValueError:
        raise Sm2Refused("the signature is not DER") from None
    if not (1 <= r < N and 1 <= s < N):
        raise Sm2Refused("the signature is out of range")
    return r, s


def ciphertext_to_der(parts: Ciphertext) -> bytes:
    """SEQUENCE { INTEGER x, INTEGER y, OCTET STRING C3, OCTET STRING C2 }."""
    point = _integer(parts.point[:32]) + _integer(parts.point[32:])
    return _tlv(_SEQUENCE, point + _tlv(_OCTETS, parts.digest) + _tlv(_OCTETS, parts.masked))


def ciphertext_from_der(data: bytes) -> Ciphertext:
    """The parts of a DER ciphertext; raises Sm2Refused for anything else, also for bytes behind it."""
    body, rest = _take(data, _SEQUENCE)
    x, inner = _take(body, _INTEGER)
    y, inner = _take(inner, _INTEGER)
    digest, inner = _take(inner, _OCTETS)
    masked, inner = _take(inner, _OCTETS)
    if rest or inner or len(digest) != 32 or not masked:
        raise Sm2Refused("the ciphertext has a wrong form")
    return Ciphertext(checked_public(_coordinate(x) + _coordinate(y)), digest, masked)


def ciphertext_from_raw(data: bytes) -> Ciphertext:
    """The parts of C1 | C3 | C2 as Java libraries send it, with or without the leading 04."""
    body = data[1:] if data[:1] == b"\x04" and _on_curve(data[1:65]) else data
    if len(body) < 97:
        raise Sm2Refused("the ciphertext is too short")
    return Ciphertext(checked_public(body[:64]), body[64:96], body[96:])


def public_to_der(public: bytes) -> bytes:
    """SubjectPublicKeyInfo."""
    return _tlv(_SEQUENCE, _ALGORITHM + _tlv(0x03, b"\x00\x04" + public))


def public_to_pem(public: bytes) -> str:
    """A public key as `openssl ec -pubout` writes it."""
    text = base64.b64encode(public_to_der(public)).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])


def public_from_pem(text: str) -> bytes:
    """X | y of a public key as `openssl ec -pubout` writes it; raises Sm2Refused for anything else."""
    lines = [line.strip() for line in text.strip().splitlines()]
    framed = lines[:1] == ["-----BEGIN PUBLIC KEY-----"] and lines[-1:] == ["-----END PUBLIC KEY-----"]
    try:
        der = base64.b64decode("".join(lines[1:-1]), validate=True)
    except ValueError:
        der = b""
    if not framed or len(der) < 64 or public_to_der(checked_public(der[-64:])) != der:
        raise Sm2Refused("this is not a public SM2 key in PEM")
    return der[-64:]


def public_from_certificate(text: str) -> tuple[bytes, datetime]:
    """X | y of the SM2 key that an X.509 certificate in PEM is about, and until when it holds; who issued it is
    not looked at. Raises Sm2Refused for anything else, and where the key cannot be told for certain."""
    try:
        found = x509.load_pem_x509_certificate(text.encode())
    except ValueError:
        raise Sm2Refused("this is not a certificate in PEM") from None
    frame = public_to_der(bytes(64))[
        :-64
    ]  # what stands before the point in every SubjectPublicKeyInfo of SM2
    told = found.tbs_certificate_bytes
    if told.count(frame) != 1:
        raise Sm2Refused("this certificate is not about one SM2 key")
    start = told.index(frame) + len(frame)
    return checked_public(told[start : start + 64]), found.not_valid_after_utc


def private_to_der(key: Sm2Key) -> bytes:
    """PKCS #8 with the public key inside."""
    public = _tlv(0xA1, _tlv(0x03, b"\x00\x04" + key.public))
    inner = _tlv(_SEQUENCE, b"\x02\x01\x01" + _tlv(_OCTETS, key.private) + public)
    return _tlv(_SEQUENCE, b"\x02\x01\x00" + _ALGORITHM + _tlv(_OCTETS, inner))


def _on_curve(point: bytes) -> bool:
    try:
        return bool(checked_public(point))
    except Sm2Refused:
        return False


def _coordinate(content: bytes) -> bytes:
    """A DER integer as 32 bytes."""
    minimal = not (len(content) > 1 and content[0] == 0 and content[1] < 0x80)
    if not content or content[0] >= 0x80 or not minimal or len(content.lstrip(b"\x00")) > 32:
        raise Sm2Refused("a coordinate has a wrong form")
    return content.lstrip(b"\x00").rjust(32, b"\x00")


def _integer(coordinate: bytes) -> bytes:
    content = coordinate.lstrip(b"\x00") or b"\x00"
    return _tlv(_INTEGER, b"\x00" + content if content[0] >= 0x80 else content)


def _tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _take(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first element, which must have `tag`, and what follows it; DER only."""
    if len(data) < 2 or data[0] != tag:
        raise Sm2Refused("unexpected element")
    size, start = data[1], 2
    if size >= 0x80:
        start = 2 + size - 0x80
        length = data[2:start]
        size = int.from_bytes(length, "big")
        if size < 0x80 or length[0] == 0 or len(length) > 4 or start > len(data):
            raise Sm2Refused("the length is not DER")
    if start + size > len(data):
        raise Sm2Refused("an element is cut off")
    return data[start : start + size], data[start + size :]
