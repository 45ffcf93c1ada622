"""Our cryptography against others': the openssl command both ways, GmSSL in C, and our two SM2 backends."""

import random
import re
import subprocess
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path

import gmssl_pyx
import pytest

from security.crypto import libcrypto
from security.crypto.algorithms import gcm_open, gcm_seal, hmac_sm3, sm3
from security.crypto.backends import Sm2Backend, Sm2Key, Sm2Refused
from security.crypto.gmssl_adapter import GmsslSm2
from security.crypto.libcrypto import LibcryptoSm2
from security.crypto.sm2_formats import (
    ciphertext_from_der,
    ciphertext_from_raw,
    ciphertext_to_der,
    private_to_der,
    public_to_der,
    signature_from_der,
    signature_to_der,
)

ID = "distid:1234567812345678"
BACKENDS: list[Sm2Backend] = [GmsslSm2(), LibcryptoSm2()] if libcrypto.version() else [GmsslSm2()]
named = pytest.mark.parametrize("backend", BACKENDS, ids=lambda one: one.name)
SEED = 20261122


def test_ten_thousand_values_are_the_same_in_another_library_and_come_back_from_it() -> None:
    chance = random.Random(SEED)
    for _ in range(10_000):
        key, nonce = chance.randbytes(16), chance.randbytes(12)
        text, bound = chance.randbytes(chance.randrange(1, 200)), chance.randbytes(chance.randrange(1, 40))
        sealed = gcm_seal(key, nonce, text, bound)

        assert sm3(text) == gmssl_pyx.sm3_hash(text)
        assert hmac_sm3(key, text) == gmssl_pyx.sm3_hmac(key, text)
        assert sealed == b"".join(gmssl_pyx.sm4_gcm_encrypt(key, nonce, bound, text))
        assert gmssl_pyx.sm4_gcm_decrypt(key, nonce, bound, sealed[:-16], sealed[-16:]) == text
        assert gcm_open(key, nonce, sealed, bound) == text


@pytest.mark.parametrize("part", range(4))
def test_five_hundred_messages_between_the_two_backends(part: int) -> None:
    """125 messages a part: every other one signed both ways, the others encrypted both ways."""
    chance = random.Random(SEED + part)
    one, other = GmsslSm2(), LibcryptoSm2()
    for number in range(125):
        key, data = other.generate(), chance.randbytes(chance.randrange(1, 300))
        if number % 2:
            assert other.verify(key.public, data, one.sign(key, data))
            assert one.verify(key.public, data, other.sign(key, data))
        else:
            assert other.decrypt(key, one.encrypt(key.public, data)) == data
            assert one.decrypt(key, other.encrypt(key.public, data)) == data


# -- the openssl command ------------------------------------------------------------------------------


Command = Callable[..., bytes]


@pytest.fixture
def openssl(tmp_path: Path) -> Command:
    """`openssl(*words)` in an empty folder; what it prints."""

    def run(*words: str, refused: bool = False) -> bytes:
        done = subprocess.run(["openssl", *words], cwd=tmp_path, capture_output=True, check=False)
        assert bool(done.returncode) is refused, done.stderr
        return done.stdout

    return run


@pytest.fixture
def key(tmp_path: Path) -> Sm2Key:
    """A key pair of ours, which openssl reads from `private.der` and `public.der`."""
    made = BACKENDS[-1].generate()
    (tmp_path / "private.der").write_bytes(private_to_der(made))
    (tmp_path / "public.der").write_bytes(public_to_der(made.public))
    return made


PRIVATE = ("-keyform", "DER", "-inkey", "private.der")
PUBLIC = ("-pubin", "-keyform", "DER", "-inkey", "public.der")
MESSAGES = [b"m", b"message digest", "客户主数据".encode(), bytes(range(256)) * 8]


@pytest.mark.openssl
@named
@pytest.mark.parametrize("message", MESSAGES, ids=len)
def test_signatures_are_verified_by_openssl_and_its_by_us(
    backend: Sm2Backend, message: bytes, key: Sm2Key, openssl: Command, tmp_path: Path
) -> None:
    signed = ("-rawin", "-digest", "sm3", "-pkeyopt", ID, "-in", "message")
    (tmp_path / "message").write_bytes(message)
    (tmp_path / "ours").write_bytes(backend.sign(key, message))

    openssl("pkeyutl", "-verify", *PUBLIC, *signed, "-sigfile", "ours")
    openssl("pkeyutl", "-sign", *PRIVATE, *signed, "-out", "theirs")

    theirs = (tmp_path / "theirs").read_bytes()
    assert backend.verify(key.public, message, theirs)
    assert not backend.verify(key.public, message + b"!", theirs)
    (tmp_path / "message").write_bytes(message + b"!")
    openssl("pkeyutl", "-verify", *PUBLIC, *signed, "-sigfile", "ours", refused=True)


@pytest.mark.openssl
@named
def test_another_user_id_is_another_signature(
    backend: Sm2Backend, key: Sm2Key, openssl: Command, tmp_path: Path
) -> None:
    (tmp_path / "message").write_bytes(b"message digest")
    (tmp_path / "ours").write_bytes(backend.sign(key, b"message digest", b"ALICE123@YAHOO.COM"))
    words = ("pkeyutl", "-verify", *PUBLIC, "-rawin", "-digest", "sm3", "-in", "message", "-sigfile", "ours")

    openssl(*words, "-pkeyopt", "distid:ALICE123@YAHOO.COM")
    openssl(*words, "-pkeyopt", ID, refused=True)


@pytest.mark.openssl
@named
@pytest.mark.parametrize("data", MESSAGES[:3], ids=len)
def test_ciphertexts_are_opened_by_openssl_and_its_by_us(
    backend: Sm2Backend, data: bytes, key: Sm2Key, openssl: Command, tmp_path: Path
) -> None:
    (tmp_path / "data").write_bytes(data)
    (tmp_path / "ours").write_bytes(backend.encrypt(key.public, data))

    opened = openssl("pkeyutl", "-decrypt", *PRIVATE, "-in", "ours")
    openssl("pkeyutl", "-encrypt", *PUBLIC, "-in", "data", "-out", "theirs")

    assert opened == data
    assert backend.decrypt(key, (tmp_path / "theirs").read_bytes()) == data


@pytest.mark.openssl
@named
@pytest.mark.parametrize("leading", [b"", b"\x04"], ids=["x y", "04 x y"])
@pytest.mark.parametrize("data", MESSAGES[:3], ids=len)
def test_raw_ciphertexts_are_those_of_openssl(
    backend: Sm2Backend, data: bytes, leading: bytes, key: Sm2Key, openssl: Command, tmp_path: Path
) -> None:
    """C1 | C3 | C2 as Java libraries send it. The openssl command knows DER only, so its parts are read with its own
    `asn1parse` into that form, and what comes raw is written into DER by our conversion."""
    (tmp_path / "data").write_bytes(data)
    openssl("pkeyutl", "-encrypt", *PUBLIC, "-in", "data", "-out", "theirs")
    theirs = leading + _elements(openssl, tmp_path / "theirs")
    assert len(theirs) == len(leading) + 96 + len(data)
    assert backend.decrypt(key, ciphertext_to_der(ciphertext_from_raw(theirs))) == data

    parts = ciphertext_from_der(backend.encrypt(key.public, data))
    ours = leading + parts.point + parts.digest + parts.masked
    (tmp_path / "ours").write_bytes(ciphertext_to_der(ciphertext_from_raw(ours)))
    assert openssl("pkeyutl", "-decrypt", *PRIVATE, "-in", "ours") == data
    assert leading + _elements(openssl, tmp_path / "ours") == ours

    older = leading + parts.point + parts.masked + parts.digest  # C1 | C2 | C3, the order before 2012
    (tmp_path / "older").write_bytes(ciphertext_to_der(ciphertext_from_raw(older)))
    openssl("pkeyutl", "-decrypt", *PRIVATE, "-in", "older", refused=True)
    with pytest.raises(Sm2Refused):
        backend.decrypt(key, ciphertext_to_der(ciphertext_from_raw(older)))


def _elements(openssl: Command, file: Path) -> bytes:
    """C1 | C3 | C2 out of a DER file, each where `openssl asn1parse` says that it lies (offset, header, length)."""
    told = openssl("asn1parse", "-inform", "DER", "-in", file.name).decode()
    lies = [tuple(map(int, found)) for found in re.findall(r"(\d+):d=1 +hl=(\d+) +l= *(\d+)", told)]
    x, y, digest, masked = (file.read_bytes()[at + head :][:size] for at, head, size in lies)
    return x[-32:].rjust(32, b"\0") + y[-32:].rjust(32, b"\0") + digest + masked


@pytest.mark.openssl
@named
def test_a_key_made_by_openssl_signs_here(backend: Sm2Backend, openssl: Command, tmp_path: Path) -> None:
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", "made.pem")
    openssl("pkey", "-in", "made.pem", "-pubout", "-outform", "DER", "-out", "public.der")
    text = openssl("pkey", "-in", "made.pem", "-text", "-noout").decode()
    private, public = (_digits(text, start) for start in ("priv:", "pub:"))
    made = Sm2Key(private[-32:].rjust(32, b"\0"), public[1:])
    (tmp_path / "message").write_bytes(b"message digest")
    (tmp_path / "ours").write_bytes(backend.sign(made, b"message digest"))

    words = ("-rawin", "-digest", "sm3", "-pkeyopt", ID, "-in", "message", "-sigfile", "ours")
    openssl("pkeyutl", "-verify", *PUBLIC, *words)


def _digits(text: str, start: str) -> bytes:
    """The bytes that openssl prints below `start`, as lines of hexadecimal pairs."""
    lines = text.split(start, 1)[1].splitlines()[1:]
    own = takewhile(lambda line: line.startswith("    "), lines)
    return bytes.fromhex("".join(own).replace(":", "").replace(" ", ""))


@pytest.mark.openssl
@named
def test_raw_and_der_signatures_are_the_same_pair(
    backend: Sm2Backend, key: Sm2Key, openssl: Command, tmp_path: Path
) -> None:
    """Java sends r | s in 64 bytes: our conversion of it is what openssl verifies."""
    r, s = signature_from_der(backend.sign(key, b"message digest"))
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    again = signature_to_der(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    (tmp_path / "message").write_bytes(b"message digest")
    (tmp_path / "ours").write_bytes(again)

    words = ("-rawin", "-digest", "sm3", "-pkeyopt", ID, "-in", "message", "-sigfile", "ours")
    openssl("pkeyutl", "-verify", *PUBLIC, *words)


@pytest.mark.openssl
def test_digests_are_those_of_openssl(openssl: Command, tmp_path: Path) -> None:
    for message in MESSAGES:
        (tmp_path / "message").write_bytes(message)
        assert openssl("dgst", "-sm3", "-r", "message").split()[0].decode() == sm3(message).hex()
        keyed = openssl("dgst", "-sm3", "-r", "-mac", "HMAC", "-macopt", "hexkey:00ff10", "message")
        assert keyed.split()[0].decode() == hmac_sm3(bytes.fromhex("00ff10"), message).hex()
