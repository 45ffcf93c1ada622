"""Whoever has the whole database but not the root key recovers no sensitive value, and moves none unseen.

The thief holds every row of every table, among them the wrapped keys and the lookup digests, and knows the
product's source. Tried are: reading, opening with what lies about as if it were a key, guessing values against
the digests, and afterwards putting values into other rows, columns and shapes.
"""

import hashlib
import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from mdm.errors import Unavailable
from security.crypto.algorithms import NONCE, WrongTag, gcm_open, hmac_sm3, keyed_hmac, sm3
from security.crypto.column_gcm import HEADER
from security.models import DataKey, DomainKey
from tests.factories.customers import bank, generated, store
from tests.support.clear_text import in_rows
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
SIZE = 16


@pytest.fixture
def stored(db: None) -> list[Any]:
    """Sixty generated customers, stored; their bundles."""
    bank()
    bundles = generated(60, seed=77, errors=0)
    store(bundles)
    return bundles


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


def column(query: str) -> list[bytes]:
    with database_role("owner"), connection.cursor() as cursor:
        cursor.execute(query)
        return [bytes(row[0]) for row in cursor.fetchall() if row[0] is not None]


def lying_about() -> Iterator[bytes]:
    """Whatever could pass for a key of 16 bytes: stretches of wrapped keys and authenticators, their digests."""
    with database_role("owner"):
        rows = [*DataKey.objects.all(), *DomainKey.objects.all()]
    for row in rows:
        for blob in (bytes(row.wrapped or b""), bytes(row.mac)):
            yield from (blob[at : at + SIZE] for at in range(0, max(0, len(blob) - SIZE + 1), 4))
            yield sm3(blob)[:SIZE]


def test_no_value_is_read(stored: list[Any]) -> None:
    values = sensitive(stored)

    assert len(values) > 100
    assert in_rows(values) == {}


def test_nothing_that_lies_about_opens_a_value(stored: list[Any]) -> None:
    sealed = column("SELECT number FROM credentials_credential LIMIT 5")
    keys = {key for key in lying_about() if len(key) == SIZE}

    assert len(sealed) == 5
    assert len(keys) > 200
    for blob in sealed:
        header, nonce, body = blob[:HEADER], blob[HEADER : HEADER + NONCE], blob[HEADER + NONCE :]
        with database_role("owner"), connection.cursor() as cursor:
            cursor.execute("SELECT id FROM credentials_credential WHERE number = %s", [blob])
            bound = header + int(cursor.fetchone()[0]).to_bytes(8, "big")
        for key in keys:
            with pytest.raises(WrongTag):
                gcm_open(key, nonce, body, bound)


def test_known_values_are_not_found_among_the_digests(stored: list[Any]) -> None:
    """Guessing works only with the key: no plain digest of a known value, and none under what lies about."""
    digests = set(column("SELECT digest FROM mdm_lookupentry"))
    values = [value.encode() for value in sensitive(stored)]
    prefixes = [f"ecif|bi|{kind}|1|".encode() for kind in ("NUMBER", "PHONE", "CREDENTIAL")]
    texts = [prefix + value for prefix in (b"", *prefixes) for value in values]
    plain = {
        digest(text)[:SIZE]
        for text in texts
        for digest in (sm3, lambda t: hashlib.sha256(t).digest(), lambda t: hashlib.md5(t).digest())
    }
    keyed = {hmac_sm3(key, text)[:SIZE] for key in list(lying_about())[:200] for text in texts[:150]}

    assert len(digests) > 200
    assert not digests & (plain | keyed)


def test_the_control_a_thief_with_the_key_finds_them(stored: list[Any]) -> None:
    """The same guess under the real key succeeds: that the others fail says something."""
    from security.crypto.keyring import keyring

    digests = set(column("SELECT digest FROM mdm_lookupentry"))
    numbers = [str(row["number"]) for bundle in stored for row in bundle.rows("phone") if row.get("number")]
    key = keyring.current("index.PHONE")
    found = 0
    for number in numbers:
        state = key.keyed(b"ecif|bi|PHONE|1|").copy()
        state.update(number.encode())
        found += state.finalize()[:SIZE] in digests

    assert found > len(numbers) // 2
    assert keyed_hmac(b"x").finalize()[:SIZE] not in digests


@pytest.mark.parametrize("seed", range(5))
def test_values_moved_cut_or_edited_in_the_database_are_refused(stored: list[Any], seed: int) -> None:
    chance = random.Random(seed)
    from credentials.models import Credential

    with database_role("owner"):
        rows = list(Credential.objects.order_by("pk").values_list("pk", flat=True))
    one, other = chance.sample(rows, 2)
    changes = {
        "swapped": "number = (SELECT number FROM credentials_credential WHERE id = %(other)s)",
        "cut": "number = substring(number FROM 1 FOR length(number) - %(by)s)",
        "edited": "number = set_byte(number, %(at)s, get_byte(number, %(at)s) # 1)",
        "other column": "number = (SELECT full_name FROM customers_customername ORDER BY id LIMIT 1)",
        "random": "number = decode(%(noise)s, 'hex')",
    }
    for name, change in changes.items():
        told = {
            "id": one,
            "other": other,
            "by": chance.randrange(1, 30),
            "at": chance.randrange(45),
            "noise": chance.randbytes(60).hex(),
        }
        with database_role("owner"), connection.cursor() as cursor:
            cursor.execute("SELECT number FROM credentials_credential WHERE id = %(id)s", told)
            before = bytes(cursor.fetchone()[0])
            cursor.execute(f"UPDATE credentials_credential SET {change} WHERE id = %(id)s", told)
        with database_role("engine"), pytest.raises(Unavailable) as refusal:
            Credential.objects.get(pk=one).number.open()
        assert refusal.value.code in ("crypto.tampered", "key.unknown"), name
        with database_role("owner"), connection.cursor() as cursor:
            cursor.execute("UPDATE credentials_credential SET number = %s WHERE id = %s", [before, one])
        with database_role("engine"):
            assert Credential.objects.get(pk=one).number.open()
