"""Whoever can write to the database moves, cuts or edits no sealed value unseen: every column, every way, refused.

A value is bound to its logical row, to its column and to every bit of itself. Two things it does not stop, and the
threat model says so: a value taken away altogether, and an older value of the same cell put back.
"""

import random
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from customers.selectors import search_terms
from mdm.errors import Unavailable
from mdm.rest import idempotency
from mdm.rest.idempotency import BODY_KEY
from mdm.rest.models import IdempotencyRecord
from security.authentication import sessions, signing
from security.authentication.factors import FactorAdapter, secrets_of
from security.authentication.keys import CLIENT_KEY, FACTOR_KEY, SESSION_KEY
from security.crypto import keyring
from security.crypto.column_gcm import OVERHEAD
from security.crypto.coverage import StoredColumn
from security.crypto.envelope import FEW
from security.crypto.sealed import SealedColumn, open_bytes, seal_bytes
from security.models import ClientKey, Session, User
from tests.factories.sealed import Cell, columns, open_full_bank, write
from tests.support.database_roles import database_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("objects")]
#: Where each part of a value begins and ends: magic, algorithm, key id, flags, nonce, text, tag.
PLACES = (0, 1, 2, 5, 6, 7, 8, 19, 20, -17, -16, -1)
ELSEWHERE = ("credentials_credential.number", "customers_phone.number")


def harmed(blob: bytes, purpose: str, entity: int) -> Iterator[tuple[str, bytes]]:
    """The value cut, lengthened, edited, under another key's name, and another column's value of the same row."""
    for length in (0, 1, 7, 8, 20, OVERHEAD - 1, len(blob) - 16, len(blob) - 1):
        yield f"cut to {length}", blob[:length]
    yield "lengthened", blob + b"\0"
    for at in PLACES:
        edited = bytearray(blob)
        edited[at] ^= 1
        yield f"a bit at {at}", bytes(edited)
    other = next(one for one in ELSEWHERE if one != purpose)
    yield "another column's key", blob[:2] + keyring.current(other).key_id.to_bytes(4, "big") + blob[6:]
    yield "no key", blob[:2] + b"\xff\xff\xff\xff" + blob[6:]
    yield "another column's value of this row", SealedColumn(other, "free_text").seal_text(entity, "moved")
    yield "noise", random.Random(entity).randbytes(len(blob))


def of_others(
    column: StoredColumn, cells: dict[StoredColumn, tuple[Cell, Cell]]
) -> Iterator[tuple[str, bytes]]:
    """What lies elsewhere in the database: another row's value, what history keeps of it, neighbours in the row."""
    one, other = cells[column]
    yield "another row's value", other.blob
    for beside, (near, far) in cells.items():
        if beside.purpose == column.purpose and beside != column:
            yield f"another row's value in {beside.table}", (far if far.entity != one.entity else near).blob
        if beside.table == column.table and beside.purpose != column.purpose:
            yield f"its neighbour {beside.column}", near.blob


def told_by(column: StoredColumn, cell: Cell) -> Any:
    """What the product reads there: one value through its model."""
    row = column.field.model._base_manager.get(pk=cell.row)
    value = getattr(row, column.field.attname)
    return None if value is None else value.open()


def refused(read: Callable[[], Any]) -> bool:
    """Whether reading is refused as what it is; a value of whatever kind, also none at all, is not."""
    try:
        read()
    except Unavailable as refusal:
        return refusal.code == "crypto.tampered"
    return False


def test_no_sealed_column_opens_what_was_moved_cut_or_edited() -> None:
    cells = open_full_bank()
    seen: list[tuple[str, str, str]] = []
    tried = 0
    with database_role("owner"):
        for column, (one, _other) in cells.items():
            assert told_by(column, one) not in (None, ""), column
            for how, blob in [*harmed(one.blob, column.purpose, one.entity), *of_others(column, cells)]:
                tried += 1
                write(column, one.row, blob)
                if not refused(lambda column=column, one=one: told_by(column, one)):
                    seen.append((column.table, column.column, how))
            write(column, one.row, one.blob)
            assert told_by(column, one) not in (None, "")

    assert seen == []
    assert set(cells) == set(columns())
    assert tried > 25 * len(cells) > 5_000


def test_nor_does_a_column_read_at_once_that_holds_one_such_value() -> None:
    """Exports, loads and rotation open columns together, in another way: one bad value refuses the column."""
    column = SealedColumn("customers_phone.number", "phone")
    numbers = list(range(1, FEW + 20))
    good = column.seal_column(numbers, [f"+8613912345{n:03}" for n in numbers])
    assert None not in column.open_column(numbers, good)
    for how, blob in [*harmed(good[7] or b"", column.purpose, 8), ("another row's value", good[8] or b"")]:
        assert refused(lambda blob=blob: column.open_column(numbers, [*good[:7], blob, *good[8:]])), how


def _answer(row: int, blob: bytes) -> Any:
    print_of = idempotency._digests(b"sent")[0]
    return idempotency._replay(IdempotencyRecord(pk=row, body=blob, fingerprint=print_of), b"sent")


def _factor(row: int, blob: bytes) -> Any:
    with secrets_of(User(pk=row)):
        return FactorAdapter().decrypt(b64encode(blob).decode())


#: What is sealed outside of sealed fields: its purpose, and how the product reads it.
BESIDE: dict[str, Callable[[int, bytes], Any]] = {
    BODY_KEY: _answer,
    SESSION_KEY: lambda row, blob: sessions._opened(Session(digest=f"{row:015x}{'0' * 49}", data=blob)),
    FACTOR_KEY: _factor,
    CLIENT_KEY: lambda row, blob: signing.opened(ClientKey(pk=row, sealed_key=blob)),
    search_terms._PURPOSE.name: search_terms._SEALED.open_text,
}


@pytest.mark.parametrize("purpose", BESIDE)
def test_answers_sessions_factors_keys_and_searches_are_bound_in_the_same_way(purpose: str) -> None:
    """A customer's number under the same row number, put into a kept answer, would be told to who asks again."""
    read = BESIDE[purpose]
    good = seal_bytes(purpose, b'{"a": 1}', 77)
    assert open_bytes(purpose, good, 77) == b'{"a": 1}'
    read(77, good)

    for how, blob in [*harmed(good, purpose, 77), ("another row's value", seal_bytes(purpose, b"{}", 78))]:
        assert refused(lambda blob=blob: read(77, blob)), how


def test_every_purpose_that_seals_values_is_looked_at() -> None:
    """A new place that seals without a field has to be added above."""
    from security.crypto.purposes import registered_purposes

    sealing = {one.name for one in registered_purposes() if one.algorithm == "SM4-GCM"}
    others = {
        one for one in sealing if one.startswith(("store.", "crypto_"))
    }  # objects: test_files.py; tests' own
    assert sealing - others - {one.purpose for one in columns()} == set(BESIDE)
