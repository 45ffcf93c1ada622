"""What lines of the known layouts tell, as bundles."""

import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from batch.formats.admission import admit
from batch.formats.delimited import read
from batch.formats.lines import Record
from batch.layouts.compile import Conversion, Converted
from batch.layouts.core_customer import CORE_CUSTOMER, CORE_CUSTOMER_GB18030
from batch.layouts.facet import FacetLayout
from batch.layouts.febrl import FEBRL
from batch.layouts.layout import Layout, Target
from batch.layouts.registry import layout, layouts
from mdm.errors import Invalid, NotFound

FEBRL_FILE = Path(__file__).parents[3] / "batch" / "data" / "febrl3.csv"


def line(described: Layout, **values: str) -> list[str | None]:
    """A line of the layout; columns not named are absent."""
    assert values.keys() <= set(described.names)
    return [values.get(name) for name in described.names]


def told(described: Layout, **values: str) -> Converted:
    return described.reading.bundles([Record(7, "raw", line(described, **values))])


def test_the_febrl_file_gives_all_its_persons() -> None:
    file = admit(FEBRL_FILE, FEBRL.profile, FEBRL.names)
    rows = [row for some in read(FEBRL_FILE, FEBRL.profile, file.shape) for row in some]
    parts = [FEBRL.reading.bundles([row for row in rows if isinstance(row, Record)])]
    bundles = [bundle for part in parts for bundle in part.bundles]
    assert len({bundle.source_key for bundle in bundles}) == len(bundles) == file.survey.rows == 5_000
    assert not any(part.rejects for part in parts)
    assert {finding.code for part in parts for finding in part.findings} == {"value.date"}
    assert all(bundle.facets.keys() <= FEBRL_FACETS for bundle in bundles)


FEBRL_FACETS = {"customer", "customer_name", "person_profile", "credential", "address"}


def test_a_febrl_person() -> None:
    values = line(
        FEBRL,
        rec_id="rec-1496-org",
        given_name="mitchell",
        surname="green",
        street_number="7",
        address_1="wallaby place",
        suburb="cleveland",
        postcode="2119",
        state="sa",
        date_of_birth="19560409",
        soc_sec_id="1804974",
    )
    bundle = FEBRL.reading.bundle(values, 2)
    assert (bundle.source_system, bundle.source_key, bundle.party_type) == ("febrl", "rec-1496-org", "PERSON")
    assert bundle.facets == {
        "customer": [{"party_type": "PERSON"}],
        "customer_name": [
            {
                "slot": "LEGAL",
                "kind": "LEGAL",
                "full_name": "mitchell green",
                "given_name": "mitchell",
                "surname": "green",
            }
        ],
        "person_profile": [{"birth_date": date(1956, 4, 9)}],
        "credential": [
            {"slot": "P16", "type": "P16", "number": "1804974", "issuing_country": "AUS", "is_primary": True}
        ],
        "address": [
            {
                "slot": "RESIDENCE",
                "kind": "RESIDENCE",
                "country": "AUS",
                "is_primary": True,
                "province": "sa",
                "city": "cleveland",
                "postcode": "2119",
                "detail": "7 wallaby place",
            }
        ],
    }


def test_a_febrl_line_with_nothing_but_its_key() -> None:
    bundle = FEBRL.reading.bundle(line(FEBRL, rec_id="rec-1-org"))
    assert bundle.facets == {"customer": [{"party_type": "PERSON"}]}


def test_a_person_of_the_core_file() -> None:
    found = told(
        CORE_CUSTOMER,
        source_key="C1",
        party_type="PERSON",
        name="张三丰",
        former_name="张三",
        english_name="ZHANG SANFENG",
        sex="1",
        birth_date="19900307",
        nationality="CHN",
        ethnicity="01",
        id_type="P01",
        id_number="11010119900307123X",
        id_country="CHN",
        id_expiry_date="29991231",
        mobile="13800000001",
        work_tel="01012345678",
        email="z@bank.example",
        residence_region="110101",
        mailing_detail="某街1号",
        branch_code="110000",
        opened_on="2020-01-31",
        status="ACTIVE",
        last_updated="20260131",
    )
    assert (found.findings, found.rejects) == ([], [])
    (bundle,) = found.bundles
    assert bundle.line == 7
    assert bundle.first("customer")["org"] == "110000"
    assert bundle.first("customer")["opened_on"] == date(2020, 1, 31)
    assert [(row["slot"], row["full_name"]) for row in bundle.rows("customer_name")] == [
        ("LEGAL", "张三丰"),
        ("FORMER", "张三"),
        ("ENGLISH", "ZHANG SANFENG"),
    ]
    assert bundle.first("person_profile")["sex"] == "M"
    assert bundle.first("credential")["expiry_date"] == date(9999, 12, 31)
    assert bundle.first("credential")["is_primary"] is True
    assert [(row["slot"], row["is_primary"]) for row in bundle.rows("phone")] == [
        ("MOBILE", True),
        ("WORK_TEL", False),
    ]
    assert [(row["slot"], row["kind"]) for row in bundle.rows("address")] == [
        ("RESIDENCE", "RESIDENCE"),
        ("MAILING", "MAILING"),
    ]
    assert "organisation_profile" not in bundle.facets


def test_an_organisation_of_the_core_file() -> None:
    found = told(
        CORE_CUSTOMER,
        source_key="C2",
        party_type="CORPORATE",
        name="某某科技有限公司",
        short_name="某某",
        nationality="CHN",
        industry="I",
        staff_count="120",
        registered_capital="1000000.50",
        capital_currency="CNY",
        established_on="20100101",
        email="info@corp.example",
        residence_detail="某路2号",
    )
    assert found.findings == []
    (bundle,) = found.bundles
    profile = bundle.first("organisation_profile")
    assert profile["registered_name"] == "某某科技有限公司"
    assert profile["registered_capital"] == Decimal("1000000.50")
    assert (profile["staff_count"], profile["country"], profile["established_on"].year) == (120, "CHN", 2010)
    assert bundle.first("email")["kind"] == "WORK"
    assert bundle.first("address")["kind"] == "REGISTERED"
    assert not {"person_profile", "customer_name"} & bundle.facets.keys()


@pytest.mark.parametrize(
    ("column", "text", "code", "facet", "field"),
    [
        ("birth_date", "19900230", "value.date", "person_profile", "birth_date"),
        ("birth_date", "yesterday", "value.date", "person_profile", "birth_date"),
        ("sex", "7", "value.code", "person_profile", "sex"),
        ("nationality", "QQQ", "value.code", "person_profile", "nationality"),
        ("status", "GONE", "value.code", "customer", "lifecycle_status"),
        ("opened_on", "0", "value.date", "customer", "opened_on"),
    ],
)
def test_a_value_that_cannot_be_converted_is_kept_and_told(
    column: str, text: str, code: str, facet: str, field: str
) -> None:
    found = told(CORE_CUSTOMER, source_key="C1", party_type="PERSON", name="张三", **{column: text})
    assert found.findings == [Conversion(7, column, code, facet, "", field)]
    row = found.bundles[0].first(facet)
    assert (row[field], row["raw_values"]) == (None, {field: text})


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("staff_count", "１２", "value.int"),
        ("staff_count", "1e3", "value.int"),
        ("staff_count", "1234567890", "value.int"),
        ("registered_capital", "10000000000000000", "value.decimal"),
        ("registered_capital", "0.001", "value.decimal"),
        ("registered_capital", "NaN", "value.decimal"),
    ],
)
def test_a_number_that_is_none(column: str, text: str, code: str) -> None:
    found = told(CORE_CUSTOMER, source_key="C2", party_type="SME", name="某公司", **{column: text})
    assert [(finding.column, finding.code) for finding in found.findings] == [(column, code)]
    assert found.bundles[0].first("organisation_profile")["raw_values"] == {column: text}


def test_a_column_that_says_nothing_about_this_kind_of_customer() -> None:
    found = told(CORE_CUSTOMER, source_key="C2", party_type="CORPORATE", name="某公司", sex="1")
    assert found.findings == [Conversion(7, "sex", "value.not_applicable")]


def test_a_document_without_a_number_says_nothing() -> None:
    found = told(CORE_CUSTOMER, source_key="C1", party_type="PERSON", name="张三", id_type="P01")
    assert [(finding.column, finding.code) for finding in found.findings] == [
        ("id_number", "value.incomplete")
    ]
    assert found.bundles[0].rows("credential") == []


@pytest.mark.parametrize(
    ("first", "second", "slots"),
    [
        ("P01", "P11", ["P01", "P11"]),
        ("P12", "P12", ["P12", "P12-2"]),
        ("P99", "P11", ["#-1", "P11"]),
    ],
)
def test_documents_are_told_apart_by_their_type(first: str, second: str, slots: list[str]) -> None:
    documents = {"id_type": first, "id_number": "1", "id2_type": second, "id2_number": "2"}
    found = told(CORE_CUSTOMER, source_key="C1", party_type="PERSON", name="张三", **documents)
    assert [row["slot"] for row in found.bundles[0].rows("credential")] == slots


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"party_type": "PERSON"}, "source_key", "row.required"),
        ({"source_key": "C" * 121, "party_type": "PERSON"}, "source_key", "row.key_too_long"),
        ({"source_key": "C1"}, "party_type", "row.party_type"),
        ({"source_key": "C1", "party_type": "ROBOT"}, "party_type", "row.party_type"),
    ],
)
def test_a_row_without_key_or_party_type_is_rejected(values: dict[str, str], field: str, code: str) -> None:
    found = told(CORE_CUSTOMER, **values)
    assert found.bundles == []
    assert [(r.line, r.raw_line, r.field, r.code) for r in found.rejects] == [(7, "raw", field, code)]
    with pytest.raises(Invalid) as refused:
        CORE_CUSTOMER.reading.bundle(line(CORE_CUSTOMER, **values))
    assert refused.value.code == code


def test_the_column_that_a_field_was_read_from() -> None:
    documents = {"id2_type": "P11", "id2_number": "E12345678"}
    bundle = told(CORE_CUSTOMER, source_key="C1", party_type="PERSON", name="张三", **documents).bundles[0]
    column = CORE_CUSTOMER.reading.column
    assert column(bundle, "customer_name", 0, "full_name") == "name"
    assert column(bundle, "credential", 0, "number") == "id2_number"
    assert column(bundle, "credential", 0, "is_primary") == ""
    febrl = FEBRL.reading.bundle(line(FEBRL, rec_id="r", surname="green"))
    assert FEBRL.reading.column(febrl, "customer_name", 0, "full_name") == ""
    assert FEBRL.reading.column(febrl, "customer_name", 0, "surname") == "surname"


def test_every_target_is_a_field_of_a_model() -> None:
    from mdm.subjects import registry

    for known in layouts():
        for column in known.columns:
            for target in filter(None, (column.target(True), column.target(False))):
                model = registry.facet(target.facet).model
                assert model._meta.get_field(target.field).name == target.field


def test_the_gb18030_twin_differs_in_its_encoding_only() -> None:
    assert CORE_CUSTOMER_GB18030.names == CORE_CUSTOMER.names
    assert CORE_CUSTOMER_GB18030.source_system == CORE_CUSTOMER.source_system
    assert CORE_CUSTOMER_GB18030.profile.encoding == "gb18030"


def test_layouts_by_name() -> None:
    assert layout("febrl") is FEBRL
    whole = [known.name for known in layouts() if not isinstance(known, FacetLayout)]
    assert whole == ["core_customer", "core_customer_gb18030", "febrl"]
    with pytest.raises(NotFound) as refused:
        layout("none")
    assert refused.value.code == "layout.unknown"


@pytest.mark.parametrize("text", ["", "phone", "phone.number.x", "phone[].number", "phone[A-B].number"])
def test_a_target_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="facet"):
        Target.parse(text)


def test_reading_is_fast_enough_to_feed_the_database() -> None:
    """A tenth of the goal of 60,000 bundles a second, so that a busy machine does not fail it."""
    person = {
        "id_type": "P01",
        "id_number": "1",
        "mobile": "2",
        "residence_detail": "x",
        "opened_on": "20200101",
    }
    values = line(CORE_CUSTOMER, source_key="C1", party_type="PERSON", name="张三", **person)
    records = [Record(number, "", values) for number in range(6_000)]
    begun = time.process_time()
    assert len(CORE_CUSTOMER.reading.bundles(records).bundles) == 6_000
    assert time.process_time() - begun < 1
