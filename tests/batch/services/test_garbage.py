"""Whatever stands in a line: each row is stored or refused with its place, and the file never fails for it."""

from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batch.layouts.core_customer import CORE_CUSTOMER
from batch.models import RejectedRow
from consolidation.selectors.consistency import check
from customers.models import Customer
from mdm.bulk.models import SourceRecord
from tests.factories.files import firm, line, load, write
from tests.factories.security import everything
from tests.support.database_roles import database_role
from tests.support.pictures import picture

pytestmark = pytest.mark.usefixtures("bank")
COLUMNS = [name for name in CORE_CUSTOMER.names if name != "source_key"]
#: What people, hosts and conversions leave in a field.
PIECES = st.sampled_from(
    [
        "",
        " ",
        "　",
        "\\N",
        "null",
        "-",
        "0",
        "00000000",
        "99999999",
        "99991231",
        "00010101",
        "19560231",
        "20240229",
        "2024-02-30",
        "1e400",
        "-1",
        "2147483648",
        "99999999999999999.99",
        "NaN",
        "Infinity",
        "１２３",
        "٣٤٥",
        "true",
        "11010519491231002X",
        "110105491231002",
        "111111111111111",
        "91350100M000100Y43",
        "C35N1F7B4",
        "E12345678",
        "+86 139-1234-5670 转 8001",
        "008613912345670",
        "4001234567",
        "1" * 40,
        "a@b.cn",
        "a@@b",
        "@",
        "a" * 300,
        "欧阳知远",
        "阿卜杜拉·买买提",
        "㐂",
        "𠮷野家",
        "e\u0301",
        "\u200b",
        "\u202e",
        "\ue000",
        "\ufffd",
        "\U0001f600",
        "\u3000欧",
        "=1+1",
        "+cmd|' /C calc'!A0",
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        "测试",
        "不详",
        "长" * 160,
        "x" * 4000,
        "110105",
        "999999",
        "110000",
        "北京市",
        "CHN",
        "156",
        "中国",
        "XXX",
        "PERSON",
        "CORPORATE",
        "P01",
        "ACTIVE",
        "是",
        "Y",
    ]
)
VALUES = st.one_of(
    PIECES,
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="|\ufeff"), max_size=40),
    st.builds(lambda one, other: one + other, PIECES, PIECES),
)
LINES = st.lists(
    st.tuples(st.booleans(), st.dictionaries(st.sampled_from(COLUMNS), VALUES, max_size=12)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(told=LINES)
def test_a_line_of_anything_is_stored_or_refused(
    told: list[tuple[bool, dict[str, str]]], tmp_path: Path
) -> None:
    rows = [(line if person else firm)(f"K{at}", **columns) for at, (person, columns) in enumerate(told)]
    with transaction.atomic():
        path = write(tmp_path / "garbage.csv", rows)

        first = load(path)

        counts = first.counts
        assert counts.rows == len(rows) == counts.created + counts.rejected
        assert Customer.objects.count() == SourceRecord.objects.count() == counts.created
        assert RejectedRow.objects.values("line").distinct().count() == counts.rejected
        assert len(picture()["customer"]) == counts.created, "everything that was sealed opens again"
        assert check(everything("desk"))[1] == []
        again = load(path)
        assert (again.counts.unchanged, again.counts.rejected) == (counts.created, counts.rejected)
        transaction.set_rollback(True)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(column=st.sampled_from([name for name in COLUMNS if name != "party_type"]), value=VALUES)
def test_one_odd_value_changes_its_customer_or_refuses_its_line(
    column: str, value: str, tmp_path: Path
) -> None:
    with transaction.atomic(), database_role("engine"):
        load(write(tmp_path / "one.csv", [line("A")]))

        second = load(write(tmp_path / "two.csv", [line("A", **{column: value})])).counts

        assert second.updated + second.unchanged + second.rejected == 1
        assert check(everything("desk"))[1] == []
        back = load(write(tmp_path / "three.csv", [line("A")])).counts
        assert back.updated + back.unchanged == 1
        assert back.rejected == 0
        transaction.set_rollback(True)
