"""The made-up customers: repeatable, valid where nothing was planted, with duplicates the truth names."""

import csv
import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from django.core.management import CommandError, call_command

from batch.formats.admission import Order, admit
from batch.formats.delimited import read
from batch.formats.lines import Record, RowError
from batch.layouts.core_customer import CORE_CUSTOMER, CORE_CUSTOMER_GB18030
from batch.synthetic.branches import BRANCHES, HEAD_OFFICE, OUTLETS, outlets_of
from batch.synthetic.errors import PLANTS, REFUSED
from batch.synthetic.generator import AS_OF, Made, Recipe, customers, generate
from credentials.rules.formats import format_of, normalise
from customers.rules.contact import is_email, parse_phone
from mdm.codes import get
from mdm.codes.tables.region import place
from mdm.quality.numbers import citizen_is_valid, downgrade_citizen, upgrade_citizen
from mdm.quality.primitives import parse_date

RECIPE = Recipe(rows=6_000, seed=11)


@pytest.fixture(scope="module")
def made() -> list[Made]:
    return list(customers(RECIPE))


@pytest.fixture(scope="module")
def clean(made: list[Made]) -> list[Made]:
    """Rows of new customers without planted errors."""
    return [row for row in made if not row.duplicate and not row.planted]


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    files = [generate(Recipe(800, 5), tmp_path / name) for name in ("one", "two")]
    for part in ("file", "control", "truth"):
        first, second = (getattr(generated, part).read_bytes() for generated in files)
        assert first == second
    other = generate(Recipe(800, 6), tmp_path / "three")
    assert other.file.read_bytes() != files[0].file.read_bytes()


def test_duplicates_are_the_share_asked_for(made: list[Made]) -> None:
    assert sum(row.duplicate for row in made) == 480
    for share in (0.0, 0.25):
        rows = list(customers(Recipe(1_000, 2, duplicates=share)))
        assert (
            len(rows) - len({row.entity for row in rows})
            == sum(row.duplicate for row in rows)
            == share * 1_000
        )


def test_a_duplicate_is_of_someone_before(made: list[Made]) -> None:
    seen: set[str] = set()
    for row in made:
        assert (row.entity in seen) == row.duplicate
        seen.add(row.entity)


def test_keys_are_unique_and_say_nothing(made: list[Made]) -> None:
    assert len({row.source_key for row in made}) == len(made)
    assert all(re.fullmatch(r"C\d{7}", row.source_key) for row in made)


def test_all_numbers_are_valid(clean: list[Made]) -> None:
    seen: Counter[str] = Counter()
    for row in clean:
        for prefix in ("id", "id2"):
            kind, number = row.fields.get(f"{prefix}_type"), row.fields.get(f"{prefix}_number")
            if kind and number:
                seen[kind] += 1
                entry = format_of(kind, row.fields[f"{prefix}_country"])
                assert entry is not None
                assert entry.fits(normalise(kind, number, row.fields[f"{prefix}_country"])), (kind, number)
    assert set(seen) >= {"P01", "P03", "P06", "P11", "P12", "O01"}


def test_every_kind_of_number_is_valid() -> None:
    """Seldom kinds too: cards of foreigners, permits of Taiwan residents."""
    seen = set()
    for row in customers(Recipe(30_000, 3, duplicates=0, errors=0)):
        for prefix in ("id", "id2"):
            kind, number = row.fields.get(f"{prefix}_type"), row.fields.get(f"{prefix}_number")
            if kind in ("P07", "P08", "P09", "P10") and number:
                seen.add(kind)
                entry = format_of(kind, "CHN")
                assert entry is not None
                assert entry.fits(normalise(kind, number, "CHN")), (kind, number)
    assert seen == {"P07", "P08", "P09", "P10"}


def test_no_number_is_given_out_twice(clean: list[Made]) -> None:
    numbers = [row.fields["id_number"] for row in clean]
    assert len(set(numbers)) == len(numbers)


def test_a_person_agrees_with_the_number(clean: list[Made]) -> None:
    for row in clean:
        if row.fields.get("id_type") in ("P01", "P03"):
            number = row.fields["id_number"]
            assert number[6:14] == row.fields["birth_date"]
            assert int(number[16]) % 2 == (row.fields["sex"] == "1")


def test_dates_are_real_and_in_order(clean: list[Made]) -> None:
    for row in clean:
        fields = {name: text for name, text in row.fields.items() if name.endswith(("_date", "_on"))}
        days = {name: parse_date(text) for name, text in fields.items() if text}
        assert all(days.values()), fields
        begun = days.get("birth_date") or days["established_on"]
        assert begun is not None
        issued = days.get("id_issue_date") or begun
        assert begun <= (days["opened_on"] or date.min) <= AS_OF
        assert begun <= issued <= AS_OF
        assert issued < (days.get("id_expiry_date") or date.max)


def test_codes_are_in_their_lists(clean: list[Made]) -> None:
    coded = [column for column in CORE_CUSTOMER.columns if column.kind == "code"]
    for row in clean:
        for column in coded:
            text = row.fields.get(column.name)
            assert not text or get(column.codes).resolve(text, "core_customer"), (column.name, text)


def test_places_agree_with_their_codes_and_telephones_exist(clean: list[Made]) -> None:
    for row in clean:
        region = row.fields["residence_region"]
        province, city, district = place(region)
        assert province == row.fields["residence_province"]
        assert (city or province, district) == (
            row.fields["residence_city"],
            row.fields["residence_district"],
        )
        for column in ("mobile", "home_tel", "work_tel"):
            if text := row.fields.get(column):
                assert phonenumbers.is_valid_number(phonenumbers.parse(parse_phone(text).number, "CN")), text
        email = row.fields.get("email")
        assert not email or (is_email(email) and "example." in email)
        assert row.fields["branch_code"] in {outlet.code for outlet in OUTLETS}


def test_the_mix(clean: list[Made]) -> None:
    organisations = [row for row in clean if row.fields["party_type"] != "PERSON"]
    assert 0.09 < len(organisations) / len(clean) < 0.15
    names = [row.fields["name"] for row in clean]
    assert any("·" in name for name in names)
    assert any(sign in name for name in names for sign in "䶮𬎆㛃")
    assert any(name.startswith("欧阳") for name in names)
    assert any(name.isascii() for name in names)
    expired = [row for row in clean if "" < row.fields["id_expiry_date"] < AS_OF.strftime("%Y%m%d")]
    assert 0.01 < len(expired) / len(clean) < 0.08


def test_there_are_people_who_look_alike_and_are_not(clean: list[Made]) -> None:
    persons = [row.fields for row in clean if row.fields["party_type"] == "PERSON"]
    homes = Counter((f["residence_region"], f["residence_detail"]) for f in persons)
    twins = Counter((f["residence_detail"], f["birth_date"], f["name"][0]) for f in persons)
    namesakes = Counter((f["name"], f["birth_date"]) for f in persons)
    telephones = Counter(f["mobile"] for f in persons if f.get("mobile"))
    for counted in (homes, twins, namesakes):
        assert max(counted.values()) > 1
    assert telephones.most_common(1)[0][1] > 2  # an agent's number


def test_duplicates_tell_the_same_person_in_other_ways(made: list[Made]) -> None:
    first = {row.entity: row.fields for row in reversed(made) if not row.duplicate}
    pairs = [(first[row.entity], row.fields) for row in made if row.duplicate and not row.planted]
    changed = Counter(
        name for old, new in pairs for name in CORE_CUSTOMER.names if old.get(name) != new.get(name)
    )
    for name in ("name", "birth_date", "id_number", "mobile", "residence_detail"):
        assert 0.02 < changed[name] / len(pairs) < 0.75, name
    citizens = [(old["id_number"], new["id_number"]) for old, new in pairs if old["id_type"] == "P01"]
    assert any(upgrade_citizen(new) == old for old, new in citizens)
    assert any(new and not new.isascii() for _, new in citizens)
    assert any(new and new.isascii() and len(new) == 18 and not citizen_is_valid(new) for _, new in citizens)
    assert any(not new for _, new in citizens)
    persons = [(old, new) for old, new in pairs if old["party_type"] == "PERSON"]
    assert all(evidence(old, new) for old, new in persons)


def evidence(old: dict[str, str], new: dict[str, str]) -> bool:
    """Whether two records still agree in the number of the document, or in two other things."""
    number = normalise("P01", new["id_number"], "CHN")
    if number and number in (old["id_number"], downgrade_citizen(old["id_number"])):
        return True
    names = ("name", "mobile", "birth_date", "residence_detail")
    agreed = sum(bool(old.get(name)) and old.get(name) == new.get(name) for name in names)
    return agreed >= 2 or new["id_number"][:9] == old["id_number"][:9]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_file_is_read_and_only_planted_rows_are_refused(tmp_path: Path, encoding: Any) -> None:
    recipe = Recipe(3_000, 4, errors=0.1)
    layout = CORE_CUSTOMER if encoding == "utf-8" else CORE_CUSTOMER_GB18030
    generated = generate(recipe, tmp_path, encoding)
    admitted = admit(
        generated.file, layout.profile, layout.names, Order(True, business_date=AS_OF, mode="delta")
    )
    rows = [row for some in read(generated.file, layout.profile, admitted.shape) for row in some]
    planted = {row.source_key: row.planted for row in customers(recipe)}
    assert len(rows) == admitted.survey.rows == 3_000
    refused = {planted[row.raw_line.split("|!")[0]] for row in rows if isinstance(row, RowError)}
    assert refused == REFUSED
    converted = layout.reading.bundles([row for row in rows if isinstance(row, Record)])
    assert converted.rejects == []
    told = {bundle.line: planted[bundle.source_key] for bundle in converted.bundles}
    codes = {told[finding.line]: finding.code for finding in converted.findings if told[finding.line]}
    assert codes == {"date": "value.date", "code": "value.code"}
    assert set(planted.values()) == {*PLANTS, ""}


def test_the_truth_covers_every_row(tmp_path: Path, made: list[Made]) -> None:
    generated = generate(RECIPE, tmp_path)
    with generated.truth.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["source_system"], row["source_key"], row["entity"]) for row in rows] == [
        ("core_customer", row.source_key, row.entity) for row in made
    ]
    assert (generated.rows, generated.duplicates) == (6_000, 480)
    assert generated.planted == sum(bool(row.planted) for row in made) > 20


def test_the_command_tells_what_it_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command(
        "generate_customers", "--rows=500", "--seed=1", f"--out={tmp_path}", "--duplicates=0.1", "--json"
    )
    told = json.loads(capsys.readouterr().out)
    assert told.keys() == {"rows", "duplicates", "seconds"}
    assert (told["rows"], told["duplicates"]) == (500, 50)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["customers.csv", "customers.ctl", "truth.csv"]


def test_progress_comes_as_plain_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("generate_customers", "--rows=2000", "--seed=1", f"--out={tmp_path}")
    captured = capsys.readouterr()
    assert "generate: 2,000 of 2,000" in captured.err
    assert "160" in captured.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--rows=0", "--seed=1"], 2),
        (["--rows=5", "--seed=1", "--duplicates=1"], 2),
        (["--rows=5", "--seed=1", "--errors=nan"], 2),
        (["--rows=5", "--seed=1", "--business-date=1850-01-01"], 2),
        (["--rows=5", "--seed=1"], 1),
    ],
)
def test_what_the_command_refuses(tmp_path: Path, arguments: list[str], code: int) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    with pytest.raises(CommandError) as refused:
        call_command("generate_customers", *arguments, f"--out={tmp_path / 'taken'}")
    assert refused.value.returncode == code


def test_the_branch_tree() -> None:
    codes = [branch.code for branch in BRANCHES]
    assert len(set(codes)) == len(BRANCHES) == 29
    assert [branch for branch in BRANCHES if not branch.parent] == [HEAD_OFFICE]
    for place_in_list, branch in enumerate(BRANCHES):
        assert not branch.parent or branch.parent in codes[:place_in_list]
    assert outlets_of("11") == ("110101", "110102", "110201", "110202")
    assert len(outlets_of("65")) == 16


def test_another_business_date_moves_everything() -> None:
    day = date(2030, 1, 1)
    rows = list(customers(Recipe(300, 1, as_of=day)))
    opened = [parse_date(row.fields["opened_on"]) for row in rows if not row.planted]
    assert max(filter(None, opened)) <= day
    assert max(filter(None, opened)) > AS_OF
