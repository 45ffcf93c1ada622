"""The test vectors of the domain reference 1.6, as they are there."""

from collections.abc import Callable

import pytest

from credentials.rules.formats import has_check_digit, is_valid, normalise
from mdm.quality import numbers

VECTORS = """
# kind | value | valid?
ID18|11010519491231002X|ok
ID18|440524188001010014|ok
ID18|360426199101010071|ok
ID18|44011320141005001X|ok
ID18|330105197810270025|ok
ID18|34052419800101001X|ok
ID18|110101201003071233|ok
ID18|340524198001010013|bad
ID15UP|610104620927690>610104196209276908|ok
ID15UP|330106781027002>330106197810270021|ok
HKMOTW|810000199408230021|ok
HKMOTW|830000199201300022|ok
HKMOTW|820000198506170031|ok
HKMOTW|81000019900307012X|ok
HKMOTW|830000198809120017|ok
PR18|911398199012310021|ok
PR18|911124198108030024|ok
PR18|931012199012010018|ok
PR18|931000199012010012|bad
PR15|KAZ110090123105|ok
PR15|USA310080011514|ok
PR15|DEU440075052022|ok
PR15|CAN110065100308|ok
PR15|KAZ110090123107|bad
USCC|91110000600037341L|ok
USCC|91330106MA27Y4U47R|ok
USCC|A1110000MA27Y4U477|ok
USCC|91350100M000100Y43|ok
USCC|91440300708461136T|ok
USCC|91110108551385082Q|ok
USCC|91330100799655058B|ok
USCC|91310115MA1G4L1WXK|bad
ORG|D2143569X|ok
ORG|600037341|ok
ORG|MA27Y4U47|ok
ORG|708461136|ok
ORG|551385082|ok
ORG|799655058|ok
ORG|MA1G4L1WX|bad
REG15|110108000000016|ok
REG15|440301103448669|ok
REG15|440301103097413|ok
REG15|110108012660422|ok
REG15|330100400013364|ok
REG15|110000410147554|bad
LEI|213800KUD8LAJWSQ9D15|ok
LEI|5493001KJTIIGC8Y1R12|ok
LEI|7LTWFZYICNSX8D621K86|ok
LEI|506700GE1G29325QX363|ok
LEI|HWUPKR0MPOU8FGXBT394|ok
LEI|300300C1031331000120|bad
CARD|6222021200012345679|ok
CARD|6217000010123456785|ok
CARD|6222020000000000006|bad
HKID|A1234563|ok
HKID|AB9876543|ok
HKID|C6686689|ok
HKID|Z683365A|ok
TWID|A123456789|ok
TWID|B123456780|ok
TWID|F131104093|ok
MRZ|L898902C3>6|ok
MRZ|740812>2|ok
MRZ|120415>9|ok
"""

_CHECKS: dict[str, Callable[[str], bool]] = {
    "ID18": numbers.citizen_is_valid,
    "HKMOTW": numbers.residence_permit_is_valid,
    "PR18": numbers.permanent_residence_is_valid,
    "PR15": numbers.old_permanent_residence_is_valid,
    "USCC": numbers.social_credit_code_is_valid,
    "ORG": numbers.organisation_code_is_valid,
    "REG15": numbers.business_licence_is_valid,
    "LEI": numbers.lei_is_valid,
    "CARD": numbers.card_is_valid,
    "HKID": numbers.hong_kong_is_valid,
    "TWID": numbers.taiwan_is_valid,
}
#: The credential type that each kind of vector is a number of.
_TYPES = {
    "ID18": "P01",
    "HKMOTW": "P08",
    "PR18": "P10",
    "PR15": "P09",
    "USCC": "O01",
    "ORG": "O02",
    "REG15": "O03",
    "LEI": "O07",
    "HKID": "P13",
    "TWID": "P14",
}
_ROWS = [line.split("|") for line in VECTORS.strip().splitlines() if not line.startswith("#")]


def test_no_vector_is_missing() -> None:
    assert len(_ROWS) == 64


@pytest.mark.parametrize(("kind", "value", "verdict"), [row for row in _ROWS if row[0] in _CHECKS])
def test_check(kind: str, value: str, verdict: str) -> None:
    assert _CHECKS[kind](value) is (verdict == "ok")


@pytest.mark.parametrize(("kind", "value", "verdict"), [row for row in _ROWS if row[0] in _TYPES])
def test_the_table_of_types_judges_alike(kind: str, value: str, verdict: str) -> None:
    assert is_valid(_TYPES[kind], normalise(_TYPES[kind], value)) is (verdict == "ok")
    assert has_check_digit(_TYPES[kind])


@pytest.mark.parametrize("value", [row[1] for row in _ROWS if row[0] == "ID15UP"])
def test_upgrade(value: str) -> None:
    old, new = value.split(">")
    assert numbers.upgrade_citizen(old) == new
    assert numbers.downgrade_citizen(new) == old


@pytest.mark.parametrize("value", [row[1] for row in _ROWS if row[0] == "MRZ"])
def test_machine_readable_zone(value: str) -> None:
    text, sign = value.split(">")
    assert numbers.mrz_sign(text) == sign


def test_worked_examples_of_the_algorithms() -> None:
    assert numbers.gb11643_sign("11010519491231002") == "X"
    assert numbers.gb11643_sign("44052418800101001") == "4"
    assert numbers.gb11643_sign("91139819901231002") == "1"
    assert numbers.mrz_sign("KAZ11009012310") == "5"
    assert numbers.gb32100_sign("91110000600037341") == "L"
    assert numbers.gb11714_sign("D2143569") == "X"
    assert numbers.lei_digits("213800KUD8LAJWSQ9D") == "15"


def test_every_check_digit_of_a_passport_line() -> None:
    line = "G489476464CHN7304279M210126619203301<<<<<<16"
    parts = [(line[:9], line[9]), (line[13:19], line[19]), (line[21:27], line[27]), (line[28:42], line[42])]
    whole = line[:10] + line[13:20] + line[21:43]
    assert [numbers.mrz_sign(part) for part, _ in [*parts, (whole, "")]] == [*(s for _, s in parts), line[43]]
