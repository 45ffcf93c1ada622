"""SM2 by both backends: the standard's example, each other's values, and what must be refused."""

from itertools import islice

import gmssl_pyx
import pytest

from security.crypto import backends, libcrypto
from security.crypto.backends import DEFAULT_ID, Sm2Backend, Sm2Key, Sm2Refused, debian_version, is_fixed
from security.crypto.gmssl_adapter import GmsslSm2, derived, signature_digest, signature_with
from security.crypto.libcrypto import LibcryptoSm2
from security.crypto.sm2_formats import (
    N,
    P,
    checked_public,
    ciphertext_from_der,
    ciphertext_from_raw,
    ciphertext_to_der,
    signature_from_der,
    signature_to_der,
)

BACKENDS: list[Sm2Backend] = [GmsslSm2(), LibcryptoSm2()] if libcrypto.version() else [GmsslSm2()]
PAIRS = [(one, other) for one in BACKENDS for other in BACKENDS]
MESSAGE = b"message digest"
KEY = Sm2Key(
    bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"),
    bytes.fromhex(
        "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    ),
)
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
named = pytest.mark.parametrize("backend", BACKENDS, ids=lambda one: one.name)


def test_the_standards_example_is_signed() -> None:
    digest = signature_digest(KEY.public, MESSAGE, DEFAULT_ID)
    assert digest.hex().upper() == "F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640"
    k = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
    assert signature_with(KEY, digest, k) == (R, S)


@named
def test_the_standards_example_is_verified(backend: Sm2Backend) -> None:
    signature = signature_to_der(R, S)
    assert backend.verify(KEY.public, MESSAGE, signature)
    assert backend.verify(b"\x04" + KEY.public, MESSAGE, signature)
    assert not backend.verify(KEY.public, MESSAGE + b"!", signature)
    assert not backend.verify(KEY.public, MESSAGE, signature, b"somebody else")


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=lambda backend: backend.name)
def test_backends_understand_each_other(one: Sm2Backend, other: Sm2Backend) -> None:
    for size in (1, 2, 16, 31, 32, 33, 300):
        key, data = one.generate(), bytes(range(256)) * 2
        data = data[:size]
        assert other.verify(key.public, data, one.sign(key, data, b"ALICE"), b"ALICE")
        assert other.decrypt(key, one.encrypt(key.public, data)) == data


@named
def test_another_implementation_agrees(backend: Sm2Backend) -> None:
    public, private = gmssl_pyx.sm2_key_generate()
    if len(private) != 32:
        public, private = private, public
    key = Sm2Key(private, public[-64:])
    assert gmssl_pyx.sm2_verify(key.public, MESSAGE, backend.sign(key, MESSAGE))
    assert backend.verify(key.public, MESSAGE, gmssl_pyx.sm2_sign(private, key.public, MESSAGE))
    assert gmssl_pyx.sm2_decrypt(private, backend.encrypt(key.public, MESSAGE)) == MESSAGE
    assert backend.decrypt(key, gmssl_pyx.sm2_encrypt(key.public, MESSAGE)) == MESSAGE
    assert gmssl_pyx.sm3_kdf(b"shared", 70) == derived(b"shared", 70)


@named
def test_wrong_signatures_are_told_and_do_not_raise(backend: Sm2Backend) -> None:
    good = signature_to_der(R, S)
    wrong = [
        b"", b"\x30", good[:-1], good + b"\x00", b"\x31" + good[1:], good[::-1], b"x" * 70,
        signature_to_der(S, R), signature_to_der(R, S + N), signature_to_der(R + N, S),
        signature_to_der(R, 0), signature_to_der(0, S), signature_to_der(N, S), signature_to_der(R, N),
        signature_to_der(R, N - R),
    ]  # fmt: skip
    assert not any(backend.verify(KEY.public, MESSAGE, signature) for signature in wrong)
    for place in range(len(good)):
        changed = good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]
        assert not backend.verify(KEY.public, MESSAGE, changed)


@named
def test_changed_ciphertexts_are_refused(backend: Sm2Backend) -> None:
    good = backend.encrypt(KEY.public, b"pay=0000100")
    for place in range(0, len(good), 3):
        with pytest.raises(Sm2Refused):
            backend.decrypt(KEY, good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
    for broken in (b"", good[:-1], good + b"\x00", good[1:]):
        with pytest.raises(Sm2Refused):
            backend.decrypt(KEY, broken)
    with pytest.raises(Sm2Refused):
        backend.decrypt(backend.generate(), good)


@named
def test_points_off_the_curve_and_keys_out_of_range_are_refused(backend: Sm2Backend) -> None:
    off = KEY.public[:-1] + bytes([KEY.public[-1] ^ 1])
    for public in (
        off,
        bytes(64),
        b"\x11" * 64,
        KEY.public[:-1],
        b"\x02" + KEY.public,
        P.to_bytes(32, "big") * 2,
    ):
        with pytest.raises(Sm2Refused):
            backend.encrypt(public, b"data")
        with pytest.raises(Sm2Refused):
            backend.verify(public, MESSAGE, signature_to_der(R, S))
    for private in (bytes(32), N.to_bytes(32, "big"), (N - 1).to_bytes(32, "big"), b"\x01"):
        with pytest.raises(Sm2Refused):
            backend.sign(Sm2Key(private, KEY.public), MESSAGE)
    forged = ciphertext_from_der(backend.encrypt(KEY.public, b"data"))
    with pytest.raises(Sm2Refused):
        backend.decrypt(KEY, ciphertext_to_der(type(forged)(b"\x11" * 64, forged.digest, forged.masked)))
    with pytest.raises(Sm2Refused):
        backend.encrypt(KEY.public, b"")


@named
def test_public_keys_that_begin_like_a_prefix_survive(backend: Sm2Backend) -> None:
    """The library's constructor strips leading zeros and fours: one key in eight would be spoilt."""
    endless = iter(BACKENDS[-1].generate, None)
    for key in islice((key for key in endless if key.public[0] in (0x04, 0x40, 0x44)), 2):
        assert backend.verify(key.public, MESSAGE, backend.sign(key, MESSAGE))
        assert checked_public(b"\x04" + key.public) == key.public


@named
def test_signatures_never_repeat(backend: Sm2Backend) -> None:
    assert len({signature_from_der(backend.sign(KEY, MESSAGE))[0] for _ in range(20)}) == 20


def test_raw_ciphertexts_of_java_libraries_are_understood() -> None:
    parts = ciphertext_from_der(GmsslSm2().encrypt(KEY.public, b"data"))
    raw = parts.point + parts.digest + parts.masked
    assert ciphertext_from_raw(raw) == ciphertext_from_raw(b"\x04" + raw) == parts
    with pytest.raises(Sm2Refused):
        ciphertext_from_raw(raw[:96])


@pytest.mark.parametrize(
    ("version", "debian", "fixed"),
    [
        ("3.0.22", "", False),
        ("3.0.22", "3.0.22-1~deb12u1", False),
        ("3.0.22", "3.0.22-1~deb12u2", True),
        ("3.0.22", "3.0.22-1~deb12u10", True),
        ("3.0.21", "3.0.22-1~deb12u2", False),
        ("3.0.23", "", True),
        ("3.0.30", "3.0.30-1", True),
        ("3.1.9", "", False),
        ("3.5.4", "", False),
        ("4.0.2", "", False),
        ("4.0.3", "", True),
        ("4.1.0", "", True),
        ("1.1.1", "", False),
        ("3.0.23-dev", "", False),
        ("", "", False),
    ],
)
def test_which_libcrypto_is_fixed(version: str, debian: str, fixed: bool) -> None:
    assert is_fixed(version, debian) is fixed


def test_the_package_version_is_read_from_dpkg() -> None:
    installed = (
        "Package: libssl3\nStatus: install ok installed\nDescription: x\n more: text\n"
        "Version: 3.0.22-1~deb12u2\n"
    )
    removed = installed.replace("ok installed", "ok config-files").replace("12u2", "12u9")
    other = installed.replace("libssl3", "openssl").replace("12u2", "12u8")
    assert debian_version("\n".join([other, removed, installed])) == "3.0.22-1~deb12u2"
    assert debian_version(other) == ""
    assert debian_version("") == ""


def test_one_backend_serves() -> None:
    assert backends.sm2().name == backends.choice().name
    assert backends.choice().reason
