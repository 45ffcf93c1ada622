"""Sealed exports: the rows of the page, a signed manifest, openssl outside; whatever is changed is found and named."""

import csv
import io
import json
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from customers.models import Customer
from customers.selectors.changes import changes
from customers.services import exporting, facets
from customers.services.exporting import order, read, work
from mdm.errors import Duplicate, Gone, Invalid, NotAllowed, NotFound
from mdm.run_control import carry_out
from mdm.runs import JobRun
from mdm.storage.objects import destroy_object
from security.access.actor import Actor, system_actor
from security.audit.evidence import MANIFEST, PUBLIC, SIGNATURE, manifest_bytes
from security.audit.log import record
from security.audit.sealing import Sealer
from security.audit.signing import signers
from security.crypto.backends import sm2
from security.crypto.sm2_formats import public_to_pem
from security.models import AuditSeal, OperationLog, User
from security.services.auditing import VERIFY, verify_export
from tests.factories.customers import another, bank, person, stored, the_row
from tests.factories.security import NOW, branch, staff
from tests.security.audit.conftest import sealer, store  # noqa: F401 (fixtures)
from tests.security.audit.logs import seal_all
from tests.support.database_roles import append_only_lifted, database_role

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("contacts_alone"),
]
LATER = NOW + timedelta(hours=1)
ASKED = NOW + timedelta(hours=2)
Make = Callable[..., Path]


@pytest.fixture
def auditor() -> Actor:
    """The auditor of 1100."""
    bank()
    return staff("auditor", "auditor", org=branch("1100"))


@pytest.fixture
def people(auditor: Actor) -> tuple[int, int]:
    """A customer of 1100 with two changes, and one of 1200, whom the auditor of 1100 does not see."""
    mine = stored(person())
    other = another(person(), source_key="P-2")
    other.facets["customer"][0]["org"] = "1200"
    theirs = stored(other)
    row = the_row("phone", mine, "MOBILE")
    teller = staff("wang", "teller", org=branch("1100"))
    facets.change(
        teller, "phone", row.pk, row.version, {"number": "+8613800138000"}, reason="=cmd|new", at=LATER
    )
    return mine, theirs


@pytest.fixture
def make(auditor: Actor, people: tuple[int, int], sealer: Sealer, tmp_path: Path) -> Make:  # noqa: F811
    """Asks for an export, has it made, and keeps the package in a file."""

    def made(what: str = "changes", kind: str = "csv", actor: Actor = auditor, **filters: str) -> Path:
        run = order(actor, what, filters, kind, reason="audit 2026", at=ASKED)
        with database_role("engine"):
            seal_all(sealer)
            carry_out(run.pk, partial(work, at=ASKED, own=sealer))
        path = tmp_path / f"{run.pk}.zip"
        stored_as, stream = read(actor, run.pk, at=ASKED)
        path.write_bytes(stream.read())
        assert stored_as.size == path.stat().st_size
        return path

    return made


def inside(path: Path, name: str) -> bytes:
    with ZipFile(path) as held:
        return held.read(name)


def manifest(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(inside(path, MANIFEST))
    return found


def lines(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(inside(path, "rows.csv").decode(), newline="")))


def findings(path: Path) -> list[str]:
    with database_role("engine"):
        return verify_export(system_actor("audit", [VERIFY]), path, at=ASKED).findings


def test_changes_are_those_of_the_page_masked_and_in_scope_though_a_worker_sees_everything(
    make: Make, auditor: Actor, people: tuple[int, int]
) -> None:
    path = make()
    told = lines(path)
    page = changes(auditor, at=ASKED, size=200).rows
    shown = {(row["customer_no"], row["history_id"], one["field"]) for row in page for one in row["changes"]}
    exported = {(row["customer_no"], int(row["history_id"]), row["field"]) for row in told if row["field"]}
    mine, theirs = (Customer(pk=pk).customer_no for pk in people)
    assert exported == shown
    assert {row["customer_no"] for row in told} == {mine}
    everything = inside(path, "rows.csv").decode()
    assert theirs not in everything
    for clear in ("13912345670", "13800138000", "欧阳远"):
        assert clear not in everything
    assert findings(path) == []


def test_what_a_spreadsheet_would_run_is_harmless_in_csv_and_as_it_is_in_ndjson(make: Make) -> None:
    assert {row["reason"] for row in lines(make(reason="cmd"))} == {"'=cmd|new"}
    path = make(kind="ndjson", reason="cmd")
    told = [json.loads(line) for line in inside(path, "rows.ndjson").splitlines()]
    assert {row["reason"] for row in told} == {"=cmd|new"}
    assert manifest(path)["rows"] == len(told)
    assert findings(path) == []


def test_the_manifest_says_who_asked_for_what_and_between_which_seals(make: Make, auditor: Actor) -> None:
    path = make("operations")
    said, told = manifest(path), lines(path)
    assert (said["asked_by"], said["branch"], said["reason"]) == ("auditor", "1100", "audit 2026")
    assert (said["source"], said["filters"], said["rows"]) == ("operations", {}, len(told))
    assert datetime.fromisoformat(said["asked_at"]) == ASKED
    assert said["first_seal"] == 1
    assert 1 <= said["last_seal"] <= said["seal"]["n"]
    assert {row["action"] for row in told} >= {"phone.change", "audit.export"}
    assert [int(row["id"]) for row in told] == sorted(int(row["id"]) for row in told)


def test_filters_are_those_of_the_page(make: Make, people: tuple[int, int]) -> None:
    number = Customer(pk=people[0]).customer_no
    path = make("operations", action="phone.change", customer=number)
    assert [(row["action"], row["actor"], row["customer_no"]) for row in lines(path)] == [
        ("phone.change", "wang", number)
    ]
    assert manifest(path)["filters"] == {"action": "phone.change", "customer": number}


def test_openssl_proves_it_without_us(make: Make, tmp_path: Path) -> None:
    with ZipFile(make()) as held:
        held.extractall(tmp_path)
        said = json.loads(held.read(MANIFEST))

    def openssl(*words: str) -> str:
        done = subprocess.run(["openssl", *words], cwd=tmp_path, capture_output=True, check=False)
        return done.stdout.decode()

    assert openssl("dgst", "-sm3", "-r", "rows.csv").split()[0] == said["sm3"]
    proof = (
        *("pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-pubin", "-inkey", PUBLIC),
        *("-pkeyopt", "distid:1234567812345678", "-in", MANIFEST, "-sigfile", SIGNATURE),
    )
    assert "Signature Verified Successfully" in openssl(*proof)
    (tmp_path / MANIFEST).write_bytes((tmp_path / MANIFEST).read_bytes().replace(b"auditor", b"auditer"))
    assert "Verified Successfully" not in openssl(*proof)


# -- tampering ----------------------------------------------------------------------------------------


def altered(path: Path, **parts: bytes | None) -> Path:
    """The package with some of its files replaced, taken away or added; `_` stands for the dot of a name."""
    with ZipFile(path) as held:
        found: dict[str, bytes | None] = {name: held.read(name) for name in held.namelist()}
    found |= {name.replace("_", "."): data for name, data in parts.items()}
    other = path.with_suffix(".altered.zip")
    with ZipFile(other, "w", ZIP_DEFLATED) as held:
        for name, data in found.items():
            if data is not None:
                held.writestr(name, data)
    return other


def test_every_way_of_changing_a_package_is_found_and_named(make: Make) -> None:
    path = make()
    rows, said = inside(path, "rows.csv"), manifest(path)
    body = rows.splitlines(keepends=True)
    fewer = manifest_bytes({**said, "rows": said["rows"] - 1})
    assert findings(altered(path, rows_csv=rows.replace(b"wang", b"wung"))) == ["export.digest"]
    assert findings(altered(path, rows_csv=b"".join(body[:-1]))) == ["export.size"]
    assert findings(altered(path, rows_csv=b"".join([body[0], body[2], body[1], *body[3:]]))) == [
        "export.digest"
    ]
    assert findings(altered(path, manifest_json=fewer)) == ["export.signature"]
    assert findings(altered(path, manifest_sig=inside(path, SIGNATURE)[:-1] + b"\0")) == ["export.signature"]
    assert findings(altered(path, manifest_json=b"[]")) == ["export.manifest"]
    assert findings(altered(path, manifest_sig=None)) == ["export.contents"]
    assert findings(altered(path, more_csv=rows)) == ["export.contents"]
    whole = path.read_bytes()
    for end in (0, 10, len(whole) // 2, len(whole) - 1):
        path.with_suffix(".cut").write_bytes(whole[:end])
        assert findings(path.with_suffix(".cut")) == ["export.unreadable"]


def test_a_package_signed_by_somebody_else_is_not_ours_whatever_key_it_brings(make: Make) -> None:
    path, foreign = make(), sm2().generate()
    said = manifest_bytes({**manifest(path), "rows": 0})
    pem = public_to_pem(foreign.public).encode()
    forged = altered(path, manifest_json=said, manifest_sig=sm2().sign(foreign, said), public_pem=pem)
    assert findings(forged) == ["export.signature"]
    other_log = manifest_bytes({**manifest(path), "log": "f" * 32})
    assert findings(altered(path, manifest_json=other_log)) == ["export.key"]


def test_a_log_that_forgot_the_export_or_has_another_seal_does_not_vouch_for_it(make: Make) -> None:
    path = make()
    with database_role("owner"), append_only_lifted():
        AuditSeal.objects.update(sealed_at=ASKED + timedelta(days=1))
        assert findings(path) == ["export.seal"]
        OperationLog.objects.filter(action="audit.exported").delete()
        assert findings(path) == ["export.unknown", "export.seal"]


def test_a_manifest_that_counts_wrongly_is_found_even_when_signed(make: Make) -> None:
    path = make()
    said = manifest_bytes({**manifest(path), "rows": 1})
    with database_role("engine"):
        signature = signers()[1].sign(said)
    assert findings(altered(path, manifest_json=said, manifest_sig=signature)) == ["export.rows"]


# -- who may ---------------------------------------------------------------------------------------------


def test_asking_is_logged_with_its_reason_and_needs_one(auditor: Actor) -> None:
    with pytest.raises(Invalid, match=r"reason\.missing"):
        order(auditor, "operations", {}, "csv", reason=" ", at=ASKED)
    run = order(auditor, "operations", {"actor": "wang", "since": ""}, "csv", reason="audit 2026", at=ASKED)
    row = OperationLog.objects.get(action="audit.export")
    assert (row.reason, row.object_id) == ("audit 2026", run.pk)
    assert row.fields == {"source": "operations", "format": "csv", "filters": ["actor"]}


@pytest.mark.parametrize(
    ("what", "filters", "kind", "code"),
    [
        ("passwords", {}, "csv", "export.source"),
        ("changes", {}, "xlsx", "export.format"),
        ("changes", {"action": "x"}, "csv", "filter.unknown"),
        ("operations", {"since": "2026-02-30"}, "csv", "filter.value"),
        ("operations", {"until": "20260101"}, "csv", "filter.value"),
    ],
)
def test_what_cannot_be_exported_is_refused_at_once(
    auditor: Actor, what: str, filters: dict[str, str], kind: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        order(auditor, what, filters, kind, reason="audit", at=ASKED)
    assert refused.value.code == code
    assert not JobRun.objects.exists()


def test_only_who_asked_takes_the_package_away(make: Make, auditor: Actor) -> None:
    make()
    run = JobRun.objects.get(job=exporting.JOB)
    colleague = staff("colleague", "auditor", org=branch("1100"))
    elsewhere = staff("elsewhere", "auditor", org=branch("1200"))
    assert exporting.one(colleague, run.pk).pk == run.pk
    for actor in (colleague, elsewhere):
        with pytest.raises(NotFound, match=r"run\.unknown"):
            read(actor, run.pk, at=ASKED)
    with pytest.raises(NotFound, match=r"run\.unknown"):
        exporting.one(elsewhere, run.pk)
    with pytest.raises(NotAllowed):
        order(staff("teller", "teller", org=branch("1100")), "changes", {}, "csv", reason="x", at=ASKED)
    assert OperationLog.objects.filter(action="audit.export_read").count() == 1


def test_rights_that_are_gone_by_then_end_the_run(auditor: Actor, sealer: Sealer) -> None:  # noqa: F811
    run = order(auditor, "operations", {}, "csv", reason="audit", at=ASKED)
    User.objects.filter(username="auditor").update(is_active=False)
    with database_role("engine"), pytest.raises(NotAllowed):
        carry_out(run.pk, partial(work, at=ASKED, own=sealer))
    run.refresh_from_db()
    assert (run.state, [one["code"] for one in run.problems]) == ("FAILED", ["access.denied"])


def test_what_is_written_after_the_asking_is_not_in_it(
    auditor: Actor,
    sealer: Sealer,  # noqa: F811
) -> None:
    run = order(auditor, "operations", {}, "ndjson", reason="audit", at=ASKED)
    record(auditor, "try.later", ASKED + timedelta(seconds=1))
    with database_role("engine"):
        seal_all(sealer)
        carry_out(run.pk, partial(work, at=ASKED, own=sealer))
    _stored, stream = read(auditor, run.pk, at=ASKED)
    with ZipFile(io.BytesIO(stream.read())) as held:
        assert b"try.later" not in held.read("rows.ndjson")
        assert b"audit.export" in held.read("rows.ndjson")


def test_an_export_that_told_of_an_erased_customer_goes_with_it(make: Make, people: tuple[int, int]) -> None:
    from mdm.erasure import Erased

    auditor = staff("second", "auditor", org=branch("1100")).asking("trace-7")
    make(actor=auditor)
    run = JobRun.objects.latest("pk")
    mine, theirs = people
    assert exporting.forget(Erased((theirs,), (), frozenset()), ASKED) == set()
    names = exporting.forget(Erased((mine,), (), frozenset()), ASKED)
    assert names == {run.checkpoint["object"]}
    with database_role("engine"):
        destroy_object(run.checkpoint["object"], ASKED)
    with pytest.raises(Gone, match=r"export\.gone"):
        read(auditor, run.pk, at=ASKED)
    JobRun.objects.filter(pk=run.pk).update(state="RUNNING")
    with pytest.raises(Duplicate, match=r"run\.busy"):
        exporting.forget(Erased((mine,), (), frozenset()), ASKED)
