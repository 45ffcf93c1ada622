"""Every command as it is typed: what it refuses, and with which exit code (design 6)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import ManagementUtility, get_commands
from django.db import connections

from consolidation.selectors.policies import JOB as CONSOLIDATE
from customers.models import Customer
from mdm.console import FAILED, LOCKED, OK, PARTIAL, REFUSED, USAGE
from mdm.run_control import claim, create_run
from tests.factories.customers import DAY, bank, person, store
from tests.factories.files import line, promise, write
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db

#: Every command of the house with words that it cannot understand.
NONSENSE: dict[str, list[list[str]]] = {
    "audit_seal": [["now"], ["--follow", "often"]],
    "audit_verify": [["everything"]],
    "benchmark": [[], ["weather"], ["crypto", "--rows", "many"]],
    "erase_customer": [[], ["C00000000000"]],
    "verify_certificate": [[], ["x"]],
    "explain_access": [[], ["teller"]],
    "self_check": [["everything"]],
    "api_client": [[], ["issue"], ["destroy", "core"], ["issue", "core"]],
    "check_consistency": [["everything"], ["--fix"]],
    "consolidate": [["now"], ["--business-date", "30.06.2026"], ["--business-date", "2026-02-30"]],
    "demo": [["--port", "many"], ["now"]],
    "export_links": [[], ["a.csv", "b.csv"]],
    "generate_customers": [
        [],
        ["--rows", "10", "--seed", "1"],
        ["--rows", "0", "--seed", "1", "--out", "x"],
        ["--rows", "ten", "--seed", "1", "--out", "x"],
        ["--rows", "10", "--seed", "1", "--out", "x", "--duplicates", "1.5"],
        ["--rows", "10", "--seed", "1", "--out", "x", "--encoding", "latin-1"],
    ],
    "keys": [[], ["steal"], ["rotate", "--level", "L9"], ["rotate"]],
    "load_documents": [[], ["folder", "--business-date", "today"], ["folder", "--layout", "x"]],
    "load_file": [
        [],
        ["core.csv"],
        ["core.csv", "--layout", "core_customer", "--mode", "some"],
        ["core.csv", "--layout", "core_customer", "--business-date", "today"],
        ["core.csv", "--layout", "core_customer", "--gently"],
    ],
    "messages": [["--all"]],
    "prepare_demo": [["--rows", "5"]],
    "reference": [["--all"]],
    "run_job": [[], ["load_file", "--param", "novalue"], ["load_file", "--business-date", "x"]],
    "score_links": [[], ["links.csv"], ["links.csv", "--truth", "t.csv", "--entity-pattern", "x"]],
    "screenshots": [["--size", "5"]],
    "services": [[], ["restart"]],
    "unmerge": [[], ["1"], ["first", "--reason", "another person"]],
}


def typed(*words: str) -> int:
    """The exit code of `manage.py …`."""
    try:
        ManagementUtility(["manage.py", *words]).execute()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    """Exit code and JSON result of a command."""
    capsys.readouterr()
    code = typed(*words, "--json")
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture(autouse=True)
def engine(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As the engine, and in the test's own transaction: a command closes its connections when it has ended."""
    monkeypatch.setattr(connections, "close_all", lambda: None)
    with database_role("engine"):
        bank()
        yield


def test_no_command_of_the_house_is_left_out() -> None:
    ours = {
        config.name
        for config in apps.get_app_configs()
        if Path(config.path).parent == Path(__file__).parents[1]
    }

    assert {name for name, app in get_commands().items() if app in ours} == set(NONSENSE)


@pytest.mark.parametrize(
    ("name", "words"), [(name, words) for name, lists in NONSENSE.items() for words in lists]
)
def test_what_cannot_be_understood_is_a_usage_error(name: str, words: list[str]) -> None:
    assert typed(name, *words) == USAGE


# -- load_file ----------------------------------------------------------------------------------------


def load(capsys: pytest.CaptureFixture[str], path: Path, *words: str) -> tuple[int, Any]:
    return told(capsys, "load_file", str(path), "--layout", "core_customer", *words)


@pytest.mark.usefixtures("objects")
def test_a_load_says_what_became_of_the_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "core.csv", [line("A"), line("B")])

    code, result = load(capsys, path)

    assert code == OK
    assert {"run", "rows", "created", "updated", "unchanged", "rejected", "suspects", "seconds"} <= set(
        result
    )
    assert (result["rows"], result["created"], result["suspects"]) == (2, 2, 2)


@pytest.mark.usefixtures("objects")
def test_a_load_with_rejected_rows_is_partial(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, result = load(capsys, write(tmp_path / "core.csv", [line("A"), line("B", party_type="?")]))

    assert (code, result["created"], result["rejected"]) == (PARTIAL, 1, 1)


def test_a_dry_run_tells_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "core.csv", [line("A"), line("B", party_type="?")])

    code = typed("load_file", str(path), "--layout", "core_customer", "--dry-run")

    out = capsys.readouterr().out
    assert code == PARTIAL
    assert "line 3: party_type: row.party_type" in out
    assert "欧阳" not in out
    assert Customer.objects.count() == 0


@pytest.mark.usefixtures("objects")
def test_a_second_load_says_that_there_is_nothing_new(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "core.csv", [line("A")])
    load(capsys, path)

    assert typed("load_file", str(path), "--layout", "core_customer") == OK
    assert "Nothing new" in capsys.readouterr().out


def test_a_file_that_is_refused_is_a_failure_with_its_places(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, result = load(capsys, tmp_path / "nothing.csv")
    assert (code, result["error"]) == (FAILED, "file.missing")

    path = write(tmp_path / "core.csv", [line("A")])
    promise(path, rows=7, bytes=7)
    code, result = load(capsys, path)
    assert code == FAILED
    assert {error["code"] for error in result["errors"]} == {"file.control_rows", "file.control_bytes"}
    assert typed("load_file", str(path), "--layout", "core_customer") == FAILED
    assert "/control/rows" in capsys.readouterr().err


def test_an_unknown_layout_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, result = told(capsys, "load_file", str(write(tmp_path / "a.csv", [])), "--layout", "nothing")

    assert (code, result["error"]) == (FAILED, "layout.unknown")


@pytest.mark.usefixtures("objects")
def test_a_run_that_is_at_work_is_a_lock(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from batch.services.loading import submit

    path = write(tmp_path / "core.csv", [line("A")])
    run = submit(everything("load"), path, "core_customer", mode=None, business_date=None, at=NOW)
    claim(run.pk)

    code, result = load(capsys, path)

    assert (code, result["error"]) == (LOCKED, "run.taken")


# -- consolidation ------------------------------------------------------------------------------------


def test_consolidate_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    store([person("A"), person("B")])

    code, result = told(capsys, "consolidate", "--business-date", "2026-03-02")

    assert code == OK
    assert set(result) == {"run", "records", "pairs", "merged", "review", "vetoed", "seconds"}
    assert (result["records"], result["merged"]) == (2, 1)


def test_two_consolidations_of_one_day_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    run = create_run(
        everything(), CONSOLIDATE, {"full": True}, business_date=DAY, at=NOW, key=f"{CONSOLIDATE}|{DAY}"
    )
    claim(run.pk)

    code, result = told(capsys, "consolidate", "--business-date", str(DAY))

    assert (code, result["error"]) == (LOCKED, "run.taken")


def test_links_are_exported_and_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store([person("A"), person("B")])
    told(capsys, "consolidate")
    links, truth = tmp_path / "links.csv", tmp_path / "truth.csv"

    code, result = told(capsys, "export_links", str(links))
    assert (code, result) == (OK, {"rows": 2})
    assert links.read_text(encoding="utf-8").splitlines()[0] == "source_system,source_key,customer_no"
    truth.write_text(
        "source_system,source_key,entity\ncore_customer,A,1\ncore_customer,B,1\n", encoding="utf-8"
    )
    code, result = told(capsys, "score_links", str(links), "--truth", str(truth))
    assert (code, result["precision"], result["recall"], result["records"]) == (OK, 1.0, 1.0, 2)


def test_links_that_cannot_be_written_are_a_failure(tmp_path: Path) -> None:
    assert typed("export_links", str(tmp_path / "nowhere" / "links.csv")) == FAILED
    assert typed("export_links", str(tmp_path)) == FAILED


def test_links_that_are_not_there_are_a_failure(tmp_path: Path) -> None:
    truth = tmp_path / "truth.csv"
    truth.write_text("source_system,source_key,entity\n", encoding="utf-8")

    assert typed("score_links", str(tmp_path / "links.csv"), "--truth", str(truth)) == FAILED
    assert typed("score_links", str(truth), "--truth", str(truth)) == FAILED


def test_a_sound_database_is_consistent_and_a_broken_one_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    one, other = store([person("A"), person("B")]).customer_ids
    code, result = told(capsys, "check_consistency")
    assert (code, result["problems"]) == (OK, 0)
    assert result["checked"] > 10

    Customer.objects.filter(pk=other).update(golden_id=one)

    code, result = told(capsys, "check_consistency")
    assert code == FAILED
    assert result["problems"] >= 1


# -- the others ---------------------------------------------------------------------------------------


def test_generated_files_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, result = told(
        capsys, "generate_customers", "--rows", "20", "--seed", "3", "--out", str(tmp_path / "made")
    )

    assert (code, result["rows"]) == (OK, 20)
    assert {path.name for path in (tmp_path / "made").iterdir()} == {
        "customers.csv",
        "customers.ctl",
        "truth.csv",
    }


def test_a_folder_that_is_a_file_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "made").write_text("here", encoding="utf-8")

    assert (
        typed("generate_customers", "--rows", "5", "--seed", "3", "--out", str(tmp_path / "made")) == FAILED
    )


def test_an_unknown_job_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    code, result = told(capsys, "run_job", "nothing")

    assert code == FAILED
    assert result["error"].startswith("job.")


def test_the_demonstration_is_refused_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    from mdm.conf import Conf

    monkeypatch.setattr(Conf, "production", property(lambda _conf: True))

    assert typed("prepare_demo") == REFUSED


def test_a_merge_that_is_not_there_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    code, result = told(capsys, "unmerge", "4711", "--reason", "another person")

    assert (code, result["error"]) == (FAILED, "merge.unknown")


def test_keys_that_nobody_named_are_refused() -> None:
    assert typed("keys", "rotate", "--purpose", "customers_phone.nothing") == USAGE
    assert typed("keys", "status", "--json") == OK


def test_a_client_of_no_branch_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("api_client", "issue", "core", "--org", "9999", "--answerable", "nobody") == FAILED
    assert typed("api_client", "rotate", "nobody") == FAILED
    assert typed("api_client", "off", "nobody") == FAILED


def test_generated_pages_and_messages_are_looked_at_without_writing() -> None:
    assert typed("reference", "--check") in (OK, FAILED)
    assert typed("messages", "--check") in (OK, FAILED)
