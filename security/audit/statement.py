"""What a seal says, byte for byte: rows to leaves, leaves to a root, and the statement that is signed.

    leaf      = SM3(0x00 | SM3(canonical row))
    node      = SM3(0x01 | left | right)      the tree of RFC 6962: an odd one out goes up as it is
    statement = the lines of `statement`, UTF-8
    digest    = SM3(statement | signature)    what the next seal calls `prev`

The canonical row is the text that PostgreSQL gives a JSON array of its columns (`canonical_row`): times as
microseconds since 1970, `fields` as jsonb writes it, so that neither a time zone nor an order of keys matters.
A column added to the log comes with a new FORM; seals name theirs.
"""

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC

from psycopg.sql import SQL, Composable

from security.crypto.algorithms import DIGEST, sm3
from security.models import AuditSeal

#: The form of canonical rows and statements.
FORM = "panorama-audit-1"
#: What the first seal calls the one before it.
NOTHING_BEFORE = bytes(DIGEST)
#: A place after every row: the order of the log is (transaction, id).
LAST_ID = 2**63 - 1

Place = tuple[int, int]
_LEAF = struct.Struct(f">q{DIGEST}s")

_CANONICAL = SQL(
    "jsonb_build_array(id, tx::text, (extract(epoch FROM at) * 1000000)::bigint, actor, actor_id, roles,"
    " org_code, channel, address::text, request_id, action, subject, object_id, customer_id, fields, reason,"
    " result, code)::text"
)


def canonical_row() -> Composable:
    """SQL of a row's canonical text, in a query on the operation log."""
    return _CANONICAL


def leaf(row: str) -> bytes:
    """The leaf of a canonical row."""
    return sm3(b"\x00" + sm3(row.encode()))


def root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle root (32 bytes) of at least one leaf."""
    level = list(leaves)
    while len(level) > 1:
        paired = [sm3(b"\x01" + level[at] + level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[2 * len(paired) :]
    return level[0]


def packed(leaves: Iterable[tuple[int, bytes]]) -> bytes:
    """(id, leaf) of each row as a seal keeps them."""
    return b"".join(_LEAF.pack(row_id, digest) for row_id, digest in leaves)


def unpacked(kept: bytes) -> list[tuple[int, bytes]] | None:
    """What `packed` packed; None for anything that is no such thing."""
    return None if len(kept) % _LEAF.size else list(_LEAF.iter_unpack(kept))


def statement(seal: AuditSeal) -> bytes:
    """The bytes that the signature of a seal covers: everything it says but its leaves, whose root it has."""
    said = (
        FORM,
        seal.log_id,
        seal.n,
        seal.signer,
        f"{seal.after_tx}:{seal.after_id}",
        f"{seal.upto_tx}:{seal.upto_id}",
        seal.count,
        seal.first_id,
        seal.last_id,
        seal.sealed_at.astimezone(UTC).isoformat(timespec="microseconds"),
        bytes(seal.prev).hex(),
        bytes(seal.root).hex(),
    )
    return "\n".join(map(str, said)).encode()


def digest(seal: AuditSeal) -> bytes:
    """What the next seal, and the checkpoint, know this seal by."""
    return sm3(statement(seal) + bytes(seal.signature))


def after(seal: AuditSeal | None) -> Place:
    """The place up to which everything is sealed."""
    return (seal.upto_tx, seal.upto_id) if seal else (0, 0)
