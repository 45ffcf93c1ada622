"""Control files: what they promise is kept, or the data file is refused whole."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.formats.admission import Order, admit
from batch.formats.control import Control, Mode, control_path, read_control, write_control
from batch.formats.profile import Profile
from batch.formats.survey import survey
from mdm.errors import Invalid
from tests.batch.formats.files import COLUMNS, put, refusal

PROFILE = Profile()
DAY = date(2026, 1, 31)
ORDER = Order(control_required=True)


def delivered(
    folder: Path, mode: Mode = "delta", data: bytes = b"key,name,city\n1,a,x\n"
) -> tuple[Path, Control]:
    """A data file with a control file that tells the truth."""
    path = put(folder, data)
    found = survey(path, PROFILE)
    generated = datetime(2026, 2, 1, 1, 30, tzinfo=timezone(timedelta(hours=8)))
    control = Control(path.name, found.rows, found.bytes, found.sm3, DAY, mode, generated, "core")
    write_control(control_path(path), control)
    return path, control


def test_a_file_that_keeps_every_promise(tmp_path: Path) -> None:
    path, control = delivered(tmp_path)
    assert control_path(path).name == "data.ctl"
    assert admit(path, PROFILE, COLUMNS, ORDER).control == control


def test_a_layout_may_demand_a_control_file(tmp_path: Path) -> None:
    path = put(tmp_path, b"key,name,city\n1,a,x\n")
    assert refusal(path, PROFILE, order=ORDER) == [("file.control_missing", "/control")]
    assert refusal(path, PROFILE) == []


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"file": "other.csv"}, ("file.control_file", "/control/file")),
        ({"rows": 2}, ("file.control_rows", "/control/rows")),
        ({"bytes": 1}, ("file.control_bytes", "/control/bytes")),
        ({"sm3": "0" * 64}, ("file.control_digest", "/control/sm3")),
    ],
)
@pytest.mark.parametrize("required", [True, False])
def test_a_broken_promise(
    tmp_path: Path, change: dict[str, object], error: tuple[str, str], required: bool
) -> None:
    """Also where no control file is demanded: one that is there counts."""
    path, control = delivered(tmp_path)
    write_control(control_path(path), replace(control, **change))  # type: ignore[arg-type]
    assert refusal(path, PROFILE, order=Order(control_required=required)) == [error]


def test_a_renamed_file_is_another_file(tmp_path: Path) -> None:
    path, _ = delivered(tmp_path)
    path.rename(tmp_path / "again.csv")
    control_path(path).rename(tmp_path / "again.ctl")
    assert refusal(tmp_path / "again.csv", PROFILE, order=ORDER) == [("file.control_file", "/control/file")]


def test_another_day_and_mode_than_ordered(tmp_path: Path) -> None:
    path, _ = delivered(tmp_path)
    order = Order(True, business_date=DAY + timedelta(days=1), mode="full")
    assert refusal(path, PROFILE, order=order) == [
        ("file.control_business_date", "/control/business_date"),
        ("file.control_mode", "/control/mode"),
    ]
    assert refusal(path, PROFILE, order=Order(True, business_date=DAY, mode="delta")) == []


def test_only_a_delta_may_be_empty(tmp_path: Path) -> None:
    header = b"key,name,city\n"
    assert refusal(delivered(tmp_path, "delta", header)[0], PROFILE, order=ORDER) == []
    assert refusal(delivered(tmp_path, "full", header)[0], PROFILE, order=ORDER) == [
        ("file.no_rows", "/file")
    ]


def test_a_file_truncated_at_every_kilobyte(tmp_path: Path) -> None:
    data = b"key,name,city\n" + "1,张三丰,x\n".encode() * 2_000
    path, _ = delivered(tmp_path, data=data)
    for length in range(0, len(data), 1024):
        path.write_bytes(data[:length])
        codes = [code for code, _ in refusal(path, PROFILE, order=ORDER)]
        assert "file.control_bytes" in codes
        assert "file.control_digest" in codes


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b"rows\n", ("file.control_syntax", "/control/line/1")),
        (b"rows=1\nrows=1\n", ("file.control_syntax", "/control/line/2")),
        (b"rows=1\ncolour=red\n", ("file.control_syntax", "/control/line/2")),
        (b" rows=1\n", ("file.control_syntax", "/control/line/1")),
        (b"file=\xff\n", ("file.control_encoding", "/control")),
        (b"rows=1\n" * 20_000, ("file.control_syntax", "/control/line/1")),
    ],
)
def test_a_control_file_that_is_none(tmp_path: Path, text: bytes, error: tuple[str, str]) -> None:
    path = put(tmp_path, b"key,name,city\n1,a,x\n")
    put(tmp_path, text, "data.ctl")
    assert refusal(path, PROFILE, order=ORDER) == [error]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("file", "../data.csv"),
        ("rows", "-1"),
        ("rows", "１"),
        ("rows", "1_0"),
        ("bytes", "1e3"),
        ("sm3", "ABC"),
        ("business_date", "2026-02-30"),
        ("business_date", "20260131"),
        ("mode", "FULL"),
        ("generated_at", "2026-02-01T01:30:00"),
        ("producer", ""),
    ],
)
def test_a_malformed_value(tmp_path: Path, key: str, value: str) -> None:
    path, _ = delivered(tmp_path)
    control = control_path(path)
    lines = [line for line in control.read_text().splitlines() if not line.startswith(f"{key}=")]
    control.write_text("\n".join([*lines, f"{key}={value}"]))
    assert refusal(path, PROFILE, order=ORDER) == [("file.control_value", f"/control/{key}")]
    control.write_text("\n".join(lines))
    assert refusal(path, PROFILE, order=ORDER) == [("file.control_value", f"/control/{key}")]


@settings(max_examples=50, deadline=None)
@given(
    rows=st.integers(0, 10**9),
    day=st.dates(),
    producer=st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=50),
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: int, day: date, producer: str
) -> None:
    path = tmp_path_factory.mktemp("control") / "data.ctl"
    generated = datetime(2026, 2, 1, 1, 30, tzinfo=UTC)
    control = Control("数据.csv", rows, rows * 7, "0a" * 32, day, "full", generated, producer)
    write_control(path, control)
    assert read_control(path) == control


def test_no_control_file(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        read_control(tmp_path / "none.ctl")
    assert refused.value.code == "file.control_missing"
