"""Sealed columns written in bulk open in their own row only, and never hold a clear text."""

import pytest
from django.db import connection

from mdm.bulk.tables import sealed_fields
from mdm.errors import Unavailable
from mdm.subjects import registry
from security.crypto.fields import SealedField
from tests.factories.customers import another, person, rows_of, store, stored

pytestmark = pytest.mark.usefixtures("bank")
CLEAR = ("欧阳知远", "11010519491231002X", "+8613912345670", "zhiyuan@example.com", "望京西路9号院6号楼1203")


def sealed(name: str) -> SealedField:
    """The first sealed field of a facet that a source tells."""
    return next(
        f for f in sealed_fields(registry.facet(name).model) if f.name not in ("raw_values", "extension")
    )


def blobs(field: SealedField) -> dict[int, bytes]:
    """What its table holds in a sealed column, by row."""
    table = field.model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT id, "{field.column}" FROM "{table}" WHERE "{field.column}" IS NOT NULL')
        return {row_id: bytes(blob) for row_id, blob in cursor.fetchall()}


def test_no_column_of_any_facet_holds_a_clear_text() -> None:
    stored(person())

    for facet in registry.facets():
        for model in (facet.model, facet.model.history.model):  # type: ignore[attr-defined]
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT t::text FROM "{model._meta.db_table}" t')
                text = "".join(row[0] for row in cursor.fetchall())
            for clear in CLEAR:
                assert clear not in text, model
                assert clear.encode().hex() not in text, model


@pytest.mark.parametrize("name", ["customer_name", "credential", "phone", "email", "address"])
def test_a_value_moved_to_another_row_does_not_open(name: str) -> None:
    store([person("A"), person("B")])
    field = sealed(name)
    found = blobs(field)
    one, other, *_ = found

    assert field.open_column([one], [found[one]]) != [None]
    with pytest.raises(Unavailable, match=r"crypto\.tampered"):
        field.open_column([other], [found[one]])


def test_a_value_moved_to_another_column_does_not_open() -> None:
    stored(person())
    row_id, blob = next(iter(blobs(sealed("phone")).items()))

    with pytest.raises(Unavailable, match=r"crypto\.tampered"):
        sealed("email").open_column([row_id], [blob])


def test_a_flipped_bit_is_noticed() -> None:
    customer_id = stored(person())
    number = sealed("phone")
    row_id, blob = next(iter(blobs(number).items()))

    for at in range(len(blob)):
        broken = blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :]
        with pytest.raises(Unavailable):
            number.open_column([row_id], [broken])
    assert rows_of("phone", customer_id)[0].number.open() == "+8613912345670"


def test_equal_values_look_different() -> None:
    store([person("A"), person("B"), another(person("C"), source_system="loans")])

    found = list(blobs(sealed("customer_name")).values())

    assert len(found) == 3
    assert len(set(found)) == 3
