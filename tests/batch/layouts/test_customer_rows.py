"""Rows of new customers in a table: headings in both languages, whole rows or none, kept as they were."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from batch.layouts.customer_rows import ROW, column_of, columns, headings, template, told_rows
from batch.layouts.kept_rows import packed, unpacked
from mdm.subjects import Bundle
from tests.factories.batches import people, table, told

ONE = people(1)[0]


def test_the_template_is_read_again_in_either_language() -> None:
    for language in ("en", "zh-hans"):
        with translation.override(language):
            sent = template()
        (row,) = told_rows(sent + b"K-1,PERSON" + b"," * (len(columns()) - 3), "online", 5)
        assert (row.source_key, row.errors) == ("K-1", [])


def test_no_two_columns_are_called_alike() -> None:
    for language in ("en", "zh-hans"):
        with translation.override(language):
            assert {headings()[str(label).lower()] for label in columns().values()} == set(columns())
    assert ROW in columns()


def test_a_row_tells_a_bundle_of_its_source() -> None:
    (row,) = told([ONE], "branch_system")
    assert row.bundle
    assert (row.bundle.source_system, row.bundle.source_key, row.bundle.party_type) == (
        "branch_system",
        "K-0",
        "PERSON",
    )
    assert row.bundle.first("person_profile")["birth_date"] == date(1955, 1, 1)
    assert row.bundle.first("credential")["number"] == ONE["id_number"]


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"birth_date": "31.12.1990"}, "birth_date", "value.date"),
        ({"sex": "?"}, "sex", "value.code"),
        ({"source_key": ""}, "source_key", "row.required"),
        ({"party_type": ""}, "party_type", "row.party_type"),
        ({"id_number": ""}, "id_number", "value.incomplete"),
        ({"party_type": "CORPORATE"}, "sex", "value.not_applicable"),
    ],
)
def test_what_cannot_be_taken_whole_refuses_its_row(changes: dict[str, str], place: str, code: str) -> None:
    (row,) = told([{**ONE, **changes}])
    assert row.bundle is None
    assert (place, code) in {(error.pointer, error.code) for error in row.errors}


def test_a_place_of_a_bundle_is_told_by_its_column() -> None:
    (row,) = told([ONE])
    assert row.bundle
    assert column_of(row.bundle, "/credential/0/number") == "id_number"
    assert column_of(row.bundle, "/phone/0/number") == "mobile"
    assert column_of(row.bundle, "/email/0/address") == "email.address"
    assert column_of(row.bundle, "/customer") == "customer"


def test_a_number_of_a_row_is_read_only_where_it_is_one() -> None:
    heads = ("row", *ONE)
    rows = [{**ONE, "row": number} for number in ("7", "", "x", "１")]
    assert [row.replaces for row in told(rows, columns=heads)] == [7, None, None, None]
    assert table([ONE]).count("\n") == 2


def test_a_kept_bundle_is_the_same_again() -> None:
    facets = {
        "person_profile": [{"birth_date": date(1990, 2, 1), "sex": "F"}],
        "agreement": [{"limit": Decimal("10.50"), "primary": True, "count": 3, "none": None}],
        "credential": [{"number": "林", "raw_values": {"issue_date": "19900231"}}],
    }
    bundle = Bundle("online", "K-1", "PERSON", facets)
    assert unpacked(packed(bundle, tabular=True)) == (bundle, True)
