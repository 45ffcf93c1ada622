"""The format of encrypted values, and 500 ways to break one."""

import random
from collections.abc import Callable

import pytest

from mdm.errors import Unavailable
from security.crypto import envelope
from security.crypto.handles import DataKeyHandle

KEY = DataKeyHandle(7, "phone.number", 1, bytes.fromhex("0123456789abcdeffedcba9876543210"))
OTHER_COLUMN = DataKeyHandle(8, "email.address", 1, bytes(16))
NEXT_VERSION = DataKeyHandle(9, "phone.number", 2, bytes(range(16)))
BY_ID = {key.key_id: key for key in (KEY, OTHER_COLUMN, NEXT_VERSION)}


def keys(key_id: int) -> DataKeyHandle:
    if key_id not in BY_ID:
        raise Unavailable("key.unknown", "no such key")
    return BY_ID[key_id]


def test_layout() -> None:
    value = envelope.seal("测试".encode(), 5, KEY)
    assert value[:8].hex() == "ec01000000070000"
    assert len(value) == 36 + 6
    assert envelope.parse(value).key_id == 7
    assert envelope.open_(value, 5, keys).decode() == "测试"


def test_the_same_text_is_never_the_same_value() -> None:
    assert envelope.seal(b"x", 5, KEY) != envelope.seal(b"x", 5, KEY)


@pytest.mark.parametrize("count", [3, 300])
def test_columns_keep_order_and_absence(count: int) -> None:
    texts = [None if place % 3 == 0 else str(place).encode() for place in range(count)]
    ids = list(range(1, count + 1))
    sealed = envelope.seal_column(texts, ids, KEY)
    assert [value is None for value in sealed] == [text is None for text in texts]
    assert envelope.open_column(sealed, ids, keys) == texts
    singly = [value and envelope.open_(value, row, keys) for value, row in zip(sealed, ids, strict=True)]
    assert singly == texts


def test_a_column_may_mix_key_versions() -> None:
    texts, ids = [b"%d" % place for place in range(200)], list(range(200))
    old, new = envelope.seal_column(texts, ids, KEY), envelope.seal_column(texts, ids, NEXT_VERSION)
    mixed = [old[place] if place % 2 else new[place] for place in range(200)]
    assert envelope.open_column(mixed, ids, keys) == texts


@pytest.mark.parametrize("length", [0, 1024, 5000])
def test_columns_take_empty_and_long_values(length: int) -> None:
    texts = [b"z" * length] * 60
    assert envelope.open_column(envelope.seal_column(texts, range(60), KEY), range(60), keys) == texts


def test_a_column_needs_a_row_for_each_value() -> None:
    with pytest.raises(ValueError, match="one row id for each value"):
        envelope.seal_column([b"x", b"y"], [1], KEY)
    with pytest.raises(ValueError, match="negative"):
        envelope.seal_column([b"x"], [-1], KEY)


def refusal_of(attempt: Callable[[], object]) -> str:
    with pytest.raises(Unavailable) as refusal:
        attempt()
    return refusal.value.code


REFUSALS = {"crypto.tampered", "key.unknown"}


@pytest.mark.parametrize("seed", range(100))
def test_five_hundred_broken_values_are_refused(seed: int) -> None:
    """Five kinds of damage a seed: a bit anywhere, cut off, grown, another row, another column's key."""
    chance = random.Random(seed)
    row, text = chance.randrange(1, 2**40), chance.randbytes(chance.randrange(1, 40))
    value = envelope.seal(text, row, KEY)
    place, bit = seed % len(value), 1 << chance.randrange(8)
    damaged = [
        (value[:place] + bytes([value[place] ^ bit]) + value[place + 1 :], row),
        (value[: chance.randrange(len(value))], row),
        (value + chance.randbytes(1), row),
        (value, row + 1),
        (envelope.header(8) + value[8:], row),
    ]
    for broken, wanted in damaged:
        assert refusal_of(lambda: envelope.open_(broken, wanted, keys)) in REFUSALS  # noqa: B023
        column = [envelope.seal(b"good", other, KEY) for other in range(60)]
        rows = list(range(60))
        column[17], rows[17] = broken, wanted
        assert refusal_of(lambda: envelope.open_column(column, rows, keys)) in REFUSALS  # noqa: B023


@pytest.mark.parametrize(
    ("place", "changed"), [(0, 0xED), (1, 0x02), (1, 0x03), (6, 0x80), (7, 0x01), (7, 0x02)]
)
def test_magic_algorithm_and_flags_are_strict(place: int, changed: int) -> None:
    value = envelope.seal(b"text", 1, KEY)
    broken = value[:place] + bytes([changed]) + value[place + 1 :]
    assert refusal_of(lambda: envelope.parse(broken)) == "crypto.tampered"


def test_refusals_name_the_row_and_not_the_value() -> None:
    sealed = envelope.seal_column([b"110101199003070011"] * 60, range(60), KEY)
    with pytest.raises(Unavailable) as refusal:
        envelope.open_column(sealed, [*range(59), 1234], keys)
    assert "1234" in str(refusal.value)
    assert "phone.number" in str(refusal.value)
    assert "110101" not in str(refusal.value)


def test_handles_do_not_leave_the_process_and_do_not_show_the_key() -> None:
    import pickle

    with pytest.raises(TypeError):
        pickle.dumps(KEY)
    assert KEY.key.hex() not in repr(KEY)
    assert repr(KEY.key) not in repr(KEY)
