"""A column of ID numbers sealed and indexed: ours against what people usually call for each value.

ours   the product's own path for a column: SM4-GCM in the stored format and the HMAC-SM3 lookup digest
floor  AES-128-GCM and HMAC-SHA256 called for each value, from the same library: the hardware's own cipher
peer   gmssl: SM4-CBC (it has no GCM) and HMAC-SM3 put together from its SM3, for each value; a sample, since
       its cost for a value does not depend on how many there are

All on one core, in rounds that alternate; the rates are medians, in values a second.
"""

import os
import random
from collections.abc import Callable
from statistics import median
from time import perf_counter

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from gmssl import func, sm3, sm4

from benchmarks.measured import Measured
from credentials.models import Credential
from security.crypto.blind_index import digest_column

ROWS = 1_000_000
#: Values of a round, as many as a chunk of the loader; and of a round of the peer.
ROUND, SAMPLE = 20_000, 200
_DIGIT_BYTES = 64


def run(rows: int) -> Measured:
    """Rates of the three ways on one core; the whole column is sealed by ours and by the floor."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    numbers = id_numbers(rows)
    parts = [(at, numbers[at : at + ROUND]) for at in range(0, rows, ROUND)]
    _ours(*parts[0])  # keys are fetched and tables built once a process
    usual, theirs = _usual(), _gmssl()
    ours, floor, peer = [], [], []
    for at, part in parts:
        ours.append(_rate(_ours, at, part))
        floor.append(_rate(usual, at, part))
        peer.append(_rate(theirs, at, part[:SAMPLE]))
    more = {"us_ours": 1e6 / median(ours), "us_floor": 1e6 / median(floor), "us_peer": 1e6 / median(peer)}
    return Measured(
        rows, median(ours), median(peer), median(floor), {name: round(us, 2) for name, us in more.items()}
    )


def id_numbers(rows: int) -> list[str]:
    """Made-up resident numbers of 18 digits."""
    chance = random.Random(1)  # noqa: S311 (numbers to measure with)
    return [f"{chance.randrange(11 * 10**16, 66 * 10**16)}" for _ in range(rows)]


def _rate(way: Callable[[int, list[str]], object], at: int, part: list[str]) -> float:
    begun = perf_counter()
    way(at, part)
    return len(part) / (perf_counter() - begun)


def _ours(at: int, part: list[str]) -> object:
    field = Credential._meta.get_field("number")
    ids = list(range(at + 1, at + 1 + len(part)))
    return field.seal_column(ids, part), digest_column("NUMBER", part)


def _usual() -> Callable[[int, list[str]], object]:
    cipher, state = AESGCM(os.urandom(16)), hmac.HMAC(os.urandom(32), hashes.SHA256())

    def seal(row: int, text: str) -> tuple[bytes, bytes]:
        data, nonce, keyed = text.encode(), os.urandom(12), state.copy()
        keyed.update(data)
        return nonce + cipher.encrypt(nonce, data, row.to_bytes(8, "big")), keyed.finalize()

    return lambda at, part: [seal(at + index, text) for index, text in enumerate(part)]


def _gmssl() -> Callable[[int, list[str]], object]:
    cipher, key = sm4.CryptSM4(), os.urandom(_DIGIT_BYTES)
    cipher.set_key(os.urandom(16), sm4.SM4_ENCRYPT)
    inner, outer = (bytes(byte ^ pad for byte in key) for pad in (0x36, 0x5C))

    def digest(data: bytes) -> str:
        told: str = sm3.sm3_hash(func.bytes_to_list(data))
        return told

    def seal(text: str) -> tuple[bytes, str]:
        data = text.encode()
        return cipher.crypt_cbc(os.urandom(16), data), digest(outer + bytes.fromhex(digest(inner + data)))

    return lambda _at, part: [seal(text) for text in part]
