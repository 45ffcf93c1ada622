"""Whoever has the whole database but not the root key recovers no sensitive value.

The thief holds every row of every table, among them the wrapped keys and the lookup digests, and knows the
product's source. Tried are: reading, opening with what lies about as if it were a key, and guessing values against
every digest, also from a dictionary. What they could move unseen: `test_moved_values.py`.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from batch.services import batches
from customers.services import requesting
from mdm.storage import drafts
from security.access.actor import Actor, staff_actor
from security.crypto.algorithms import NONCE, WrongTag, gcm_open, hmac_sm3, sm3
from security.crypto.column_gcm import HEADER
from security.crypto.purposes import registered_purposes
from tests.factories.batches import people, told
from tests.factories.customers import generated, rows_of, store
from tests.factories.sealed import columns
from tests.factories.security import NOW, branch, member_of_staff
from tests.security.authorisation.population import PLACES, open_bank
from tests.support.clear_text import SHORTEST, dump, find, in_files, in_rows
from tests.support.database_roles import database_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("objects")]
SIZE = 16
TYPED, ASKED = "令狐未交之稿十二号", "司马改名待批"
#: Sealed values that other columns hold in clear by their nature, and which those are.
PUBLIC: dict[str, str] = {}


@pytest.fixture
def stored(db: None) -> list[Any]:
    """The bank that is probed and sixty generated customers beside it; a draft, a batch and a change that waits."""
    own = open_bank().customers["own"]
    bundles = generated(60, seed=77, errors=0)
    store(bundles)
    teller = staff_actor(member_of_staff("teller", "teller", org=branch(PLACES["own"])), NOW)
    drafts.begin(teller, "work", {"who": {"name": TYPED}}, at=NOW)
    with database_role("engine"):
        batches.submit(teller, told(people(3)), mode="tolerant", form="table", at=NOW)
    _asked(teller, own)
    return bundles


def _asked(teller: Actor, customer: int) -> None:
    (row,) = rows_of("customer_name", customer)
    asked = requesting.change(
        teller, "customer_name", row.pk, row.version, {"full_name": ASKED}, reason="marriage", at=NOW
    )
    assert asked.request is not None


def sensitive(bundles: list[Any]) -> list[str]:
    """Document numbers, telephones and whole names of the customers."""
    told = [
        str(row[name])
        for bundle in bundles
        for facet, name in (("credential", "number"), ("phone", "number"), ("customer_name", "full_name"))
        for row in bundle.rows(facet)
        if row.get(name)
    ]
    return [value for value in told if len(value.encode()) >= 8]


def everything_sealed() -> dict[str, set[str]]:
    """Every text that is sealed anywhere, opened with the keys: the value, and the columns that hold it."""
    found: dict[str, set[str]] = {}
    with database_role("owner"):
        for column in columns():
            names = [column.field.entity, column.field.attname]
            for entity, blob in _rows(column.table, column.entity, column.column):
                for text in _texts(column.field.open_column([entity], [bytes(blob)])[0]):
                    found.setdefault(text, set()).add(f"{column.table}.{names[1]}")
    return found


def _rows(table: str, entity: str, column: str) -> list[tuple[int, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{entity}", "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL')
        return list(cursor.fetchall())


def _texts(value: Any) -> Iterator[str]:
    """The texts of a sealed value that tell something by themselves: no codes, no numbers of rows."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
    elif (
        isinstance(value, str)
        and len(value.encode()) >= SHORTEST
        and not re.fullmatch(r"[\w.: /+-]*", value, re.A)
    ) or (isinstance(value, str) and re.fullmatch(r"\+?\d{9,}[\dX]?", value)):
        yield value


def test_no_value_that_is_sealed_anywhere_is_read_anywhere_else(stored: list[Any]) -> None:
    """Every column of every table, in every spelling, for all that is sealed and for what was typed."""
    sealed = everything_sealed()
    values = {*sealed, *sensitive(stored), TYPED, ASKED} - set(PUBLIC)
    found = in_rows(values)

    assert {value: (sorted(sealed.get(value, ())), tables) for value, tables in found.items()} == {}
    assert {TYPED, ASKED} <= set(sealed)
    assert len(values) > 300
    held = {place.partition(".")[0] for places in sealed.values() for place in places}
    assert {"mdm_draft", "batch_batchrow", "approvals_changerequest", "customers_historicalphone"} <= held


def lying_about() -> set[bytes]:
    """Whatever could pass for a key: every column of bytes and every text like a digest, whole, cut and digested."""
    blobs = set()
    with database_role("owner"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type = 'bytea'"
        )
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT DISTINCT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL LIMIT 2')
            blobs |= {bytes(row[0]) for row in cursor.fetchall()}
        for table in ("security_datakey", "security_domainkey", "security_rootkey"):
            cursor.execute(f"SELECT wrapped, mac FROM {table}")
            blobs |= {bytes(blob) for row in cursor.fetchall() for blob in row if blob is not None}
    return {key for blob in blobs if len(blob) >= SIZE for key in _keys_in(blob)}


def _keys_in(blob: bytes) -> Iterator[bytes]:
    yield from (blob, blob[:SIZE], blob[-SIZE:], blob[NONCE : NONCE + SIZE], sm3(blob), sm3(blob)[:SIZE])


def test_nothing_that_lies_about_opens_a_value(stored: list[Any]) -> None:
    keys = [key for key in lying_about() if len(key) == SIZE]
    with database_role("owner"):
        sealed = (
            _rows("credentials_credential", "id", "number")[:4] + _rows("customers_phone", "id", "number")[:4]
        )

    assert len(sealed) == 8
    assert len(keys) > 1_000
    for entity, value in sealed:
        blob = bytes(value)
        header, nonce, body = blob[:HEADER], blob[HEADER : HEADER + NONCE], blob[HEADER + NONCE :]
        for key in keys:
            with pytest.raises(WrongTag):
                gcm_open(key, nonce, body, header + entity.to_bytes(8, "big"))


# -- guessing ----------------------------------------------------------------------------------------------------------

Digest = Callable[[bytes], bytes]
PLAIN: tuple[Digest, ...] = (sm3, lambda t: hashlib.sha256(t).digest(), lambda t: hashlib.md5(t).digest())
#: What stands before a value where it is digested: by kind of lookup.
PREFIXES = [
    b"",
    *(
        f"ecif|bi|{one.name.removeprefix('index.')}|1|".encode()
        for one in registered_purposes()
        if one.name.startswith("index.")
    ),
]


def in_digests(folder: Path, guesses: Iterable[tuple[str, bytes]]) -> set[str]:
    """The guesses whose first eight bytes stand anywhere in the dump: as bytes, or as a number, either way round."""
    named = {}
    for name, digest in guesses:
        head = digest[:8]
        for eight in (head, head[::-1]):
            named[eight.hex().encode()] = name
            for number in (str(int.from_bytes(eight, "big", signed=True)), str(int.from_bytes(eight, "big"))):
                named[number.encode()] = name
    return set(find(folder, {needle: name for needle, name in named.items() if len(needle) >= SHORTEST}))


def test_guesses_are_not_found_among_the_digests(stored: list[Any]) -> None:
    """Of known numbers, telephones and names: no plain digest, and none under anything that lies about as its key."""
    values = sensitive(stored)
    plain = ((v, digest(prefix + v.encode())) for v in values for prefix in PREFIXES for digest in PLAIN)
    number = next(v for v in values if re.fullmatch(r"\d{17}[\dX]", v))
    phone = next(v for v in values if re.fullmatch(r"\+86\d{11}", v))
    texts = [(v, v.encode()) for v in (number, phone)]
    texts += [
        (number, b"ecif|bi|NUMBER|1|" + number.encode()),
        (number, b"ecif|bi|CREDENTIAL|1|P01|CHN|" + number.encode()),
        (phone, b"ecif|bi|PHONE|1|" + phone.encode()),
    ]
    keyed = ((v, hmac_sm3(key, text)) for key in lying_about() for v, text in texts)
    with dump() as folder:
        assert in_digests(folder, plain) == set()
        assert in_digests(folder, keyed) == set()


def test_a_dictionary_of_birth_dates_and_of_common_names_finds_nothing(stored: list[Any]) -> None:
    """What is few enough to be tried out whole: without the key there is nothing to try it against."""
    days = [date(1930, 1, 1) + timedelta(days=n) for n in range(366 * 90)]
    born = {
        row["birth_date"]
        for bundle in stored
        for row in bundle.rows("person_profile")
        if row.get("birth_date")
    }
    names = [a + b for a in "王李张刘陈杨黄赵周吴徐孙马朱胡" for b in "伟芳娜敏静丽强磊军洋勇艳杰涛明超"]
    words = [*(f"{day:%Y%m%d}" for day in days), *(f"{day:%Y-%m-%d}" for day in born), *names]
    with dump() as folder:
        found = in_digests(folder, ((word, digest(word.encode())) for word in words for digest in PLAIN))

    assert found == set()
    assert len(born & set(days)) > 20


def test_the_control_a_thief_with_the_key_finds_them(stored: list[Any]) -> None:
    """The same guess under the real key succeeds: that the others fail says something."""
    from security.crypto.keyring import keyring

    numbers = {str(row["number"]) for bundle in stored for row in bundle.rows("phone") if row.get("number")}
    key = keyring.current("index.PHONE")

    def digest(number: str) -> bytes:
        state = key.keyed(b"ecif|bi|PHONE|1|").copy()
        state.update(number.encode())
        return bytes(state.finalize())

    with dump() as folder:
        assert len(in_digests(folder, ((one, digest(one)) for one in numbers))) > len(numbers) // 2
        assert in_files(folder, ["金丝雀没有的值"]) == {}
