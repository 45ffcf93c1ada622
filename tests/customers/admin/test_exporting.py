"""Exports of the log and the changes through their doors: the pages, the API, the command."""

import io
import json
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.management import call_command

from customers.services import exporting
from customers.services.exporting import work
from mdm.run_control import carry_out
from mdm.runs import JobRun
from security.audit.sealing import Sealer
from security.models import OperationLog, User
from tests.factories.customers import bank, person, stored
from tests.factories.security import NOW, branch, client_system, member_of_staff
from tests.security.audit.conftest import sealer, store  # noqa: F401 (fixtures)
from tests.security.audit.logs import seal_all
from tests.support.api import Api, proved
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def auditor() -> User:
    bank()
    stored(person())
    return member_of_staff("auditor", "auditor", org=branch("1100"))


@pytest.fixture
def api(auditor: User) -> Api:
    """The system in which the auditors of 1100 work."""
    return proved(client_system("audit-desk", org=branch("1100"), roles=("auditor",))[0])


def made(own: Sealer) -> JobRun:
    """The newest export, made."""
    run = JobRun.objects.filter(job=exporting.JOB).latest("pk")
    with database_role("engine"):
        seal_all(own)
        carry_out(run.pk, partial(work, at=NOW, own=own))
    run.refresh_from_db()
    return run


@pytest.mark.parametrize(
    ("where", "what"), [("/changes/", "changes"), ("/security/operationlog/", "operations")]
)
def test_from_a_filtered_page_to_the_package(
    auditor: User,
    sealer: Sealer,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    where: str,
    what: str,
) -> None:
    screens = Screens(auditor)
    page = screens.get(f"{where}?channel=BATCH")
    assert f'href="/exports/new/{what}/?channel=BATCH"' in page.html
    assert "BATCH" not in screens.get(f"/exports/new/{what}/").text

    refused = screens.post(f"/exports/new/{what}/?channel=BATCH", format="csv", reason="")
    assert (refused.status, JobRun.objects.count()) == (422, 0)
    asked = screens.post(f"/exports/new/{what}/?channel=BATCH", format="csv", reason="audit 2026")
    run = made(sealer)
    assert asked.location == f"/exports/{run.pk}/"
    assert run.params["filters"] == {"channel": "BATCH"}
    page = screens.get(asked.location)
    assert run.checkpoint["sm3"] in page.text
    assert "audit 2026" in page.text
    assert f"#{run.pk}" in screens.get("/exports/").text

    taken = screens.client.post(f"/exports/{run.pk}/")
    package = tmp_path / "package.zip"
    package.write_bytes(b"".join(taken.streaming_content))  # type: ignore[attr-defined]
    assert taken.headers["Content-Disposition"] == f'attachment; filename="panorama-{what}-{run.pk}.zip"'
    with database_role("engine"):
        call_command("audit_verify", "--export", str(package), "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["broken"], told["run"], told["checked"]) == (0, run.pk, run.counts["rows"])


def test_the_command_names_what_is_wrong_and_ends_with_one(
    auditor: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK")
    with database_role("engine"), pytest.raises(SystemExit) as ended:
        call_command("audit_verify", "--export", str(tmp_path / "x.zip"))
    assert ended.value.code == 1
    assert "export.unreadable" in capsys.readouterr().err
    assert OperationLog.objects.get(action="audit.verify_export").fields["findings"] == ["export.unreadable"]


def test_over_rest_from_the_order_to_the_package(api: Api, sealer: Sealer) -> None:  # noqa: F811
    changes = api.get("changes?facet=phone&page_size=1")
    assert (changes.status, len(changes.body["items"])) == (200, 1)
    assert api.get(changes.body["next"]).body["items"] != changes.body["items"] or not changes.body["next"]
    assert "13912345670" not in changes.text

    order = {"source": "changes", "format": "ndjson", "change_reason": "audit", "filters": {"facet": "phone"}}
    ordered = api.post("log-exports", order)
    assert (ordered.status, ordered.body["state"], ordered.body["own"]) == (202, "WAITING", True)
    number = ordered.body["id"]
    assert api.get(f"log-exports/{number}/content").code == "export.none"
    run = made(sealer)
    stands = api.get(f"log-exports/{number}")
    assert (stands.body["state"], stands.body["rows"]) == ("SUCCEEDED", run.counts["rows"])
    assert [one["id"] for one in api.get("log-exports").body["items"]] == [number]
    package = api.get(f"log-exports/{number}/content", Accept="application/zip")
    with ZipFile(io.BytesIO(package.raw)) as held:
        assert json.loads(held.read("manifest.json"))["sm3"] == stands.body["sm3"]
        assert {json.loads(line)["facet"] for line in held.read("rows.ndjson").splitlines()} == {"phone"}

    assert api.post("log-exports", {**order, "filters": {"who": "x"}}).code == "filter.unknown"
    other = proved(client_system("other-desk", org=branch("1200"), roles=("auditor",))[0])
    for path in (f"log-exports/{number}", f"log-exports/{number}/content"):
        assert other.get(path).code == "run.unknown"
