"""What workers and operators do, each done once: a task or a command with everything in place for it to do something.

An act lays the ground and returns the call; what the log says of it afterwards stands beside it. One that writes
nothing to the log must leave every table as it was, but those that it names with the reason.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from mdm.runs import JobRun
from tests.factories.customers import person, store, stored
from tests.factories.files import line, write
from tests.factories.security import NOW, branch, everything, member_of_staff, staff

#: Lays the ground in a folder of its own and returns what is then called.
Act = Callable[[Path], Callable[[], object]]


@dataclass(frozen=True)
class Row:
    """What the log says: the operation, who did it, through which door, about what, and how it ended."""

    action: str
    actor: str
    channel: str = "SYSTEM"
    subject: str = ""
    result: str = "ok"


@dataclass(frozen=True)
class Known:
    """An act, what it writes, and tables that it changes even where nothing may be logged, with the reason.

    `committed`: it works in transactions of its own, upon keys that only this test has.
    """

    act: Act
    row: Row | None
    besides: dict[str, str] = field(default_factory=dict)
    committed: bool = False


TASKS: dict[str, Known] = {}
#: By what is typed: the command's name, and what it is to do where it does several things.
COMMANDS: dict[str, Known] = {}
#: Commands that work upon nothing but an instance of their own, and where they are run.
ELSEWHERE = {
    "benchmark": "measures in a scratch instance: tests/mdm/management/test_benchmark.py",
    "demo": "starts services, `prepare_demo`, web and workers, all of them here; removes them",
    "screenshots": "draws pictures of a demonstration of its own: tests/browser/test_pictures.py",
}
#: A run says of itself that it was begun and that it failed.
RUN = {"mdm_jobrun": "a run that could not go on says so"}


def task(name: str, row: Row | None, *, committed: bool = False, **besides: str) -> Callable[[Act], Act]:
    return lambda act: _keep(TASKS, name, Known(act, row, besides, committed))


def command(name: str, row: Row | None, *, committed: bool = False, **besides: str) -> Callable[[Act], Act]:
    return lambda act: _keep(COMMANDS, name, Known(act, row, besides, committed))


def _keep(where: dict[str, Known], name: str, known: Known) -> Act:
    assert name not in where
    where[name] = known
    return known.act


def typed(name: str, *words: object) -> Callable[[], object]:
    """`manage.py NAME …`; SystemExit where it fails."""
    return lambda: call_command(name, *map(str, words), "--json", stdout=StringIO(), stderr=StringIO())


# -- batches, files, exports -----------------------------------------------------------------------------


def a_batch() -> Any:
    """Two new customers that a teller sent; a worker has not begun."""
    from batch.services.batches import submit
    from security.access.actor import staff_actor
    from tests.factories.batches import people, told

    teller = staff_actor(member_of_staff("teller", "teller", org=branch("1100")), timezone.now())
    return submit(teller, told(people(2)), mode="tolerant", form="table", at=timezone.now())


@task("batch.services.batches.forget_batches", Row("creation.expire", "system:batch", subject="batch"))
def forgetting_batches(_folder: Path) -> Callable[[], object]:
    from batch.models import CustomerBatch
    from batch.services import batches

    CustomerBatch.objects.filter(pk=a_batch().pk).update(created_at=timezone.now() - batches.KEPT * 2)
    return batches.forget_batches


@task("batch.services.creating.run_batch", Row("creation.done", "teller", "COUNTER", "batch"), **RUN)
def working_on_a_batch(_folder: Path) -> Callable[[], object]:
    from batch.services.creating import run_batch

    batch = a_batch()
    return lambda: run_batch(batch.run_id)


def a_file(folder: Path) -> Path:
    return write(folder / "core.csv", [line("A"), line("B", name="司马青云", mobile="13977770009")])


def submitted(folder: Path) -> JobRun:
    from batch.services.loading import submit

    return submit(everything("load"), a_file(folder), "core_customer", mode=None, business_date=None, at=NOW)


@task("batch.services.loading.run_load", Row("load.chunk", "system:load", "BATCH", "run"), **RUN)
def loading(folder: Path) -> Callable[[], object]:
    from batch.services.loading import run_load

    run = submitted(folder)
    return lambda: run_load(run.pk)


@task("batch.services.relay.relay_runs", None)
def relaying(folder: Path) -> Callable[[], object]:
    """It sends messages; the database stays as it is."""
    from batch.services.relay import relay_runs

    JobRun.objects.filter(pk=submitted(folder).pk).update(created_at=NOW - timedelta(days=1))
    return relay_runs


@task(
    "batch.services.relay.run_consolidation",
    Row("customer.merge", "system:consolidate", "BATCH", "customer"),
    **RUN,
)
def consolidating_again(_folder: Path) -> Callable[[], object]:
    from batch.services.relay import run_consolidation
    from consolidation.selectors.policies import JOB
    from mdm.run_control import create_run
    from tests.factories.customers import DAY

    store([person("A"), person("B")])
    run = create_run(everything(), JOB, {"full": True}, business_date=DAY, at=NOW, key=f"{JOB}|{DAY}")
    return lambda: run_consolidation(run.pk)


def an_export(kind: str = "changes") -> JobRun:
    """Asked for by the auditor of 1100, of a log that has its key."""
    from customers.services.exporting import order
    from security.audit.signing import make_signer

    make_signer(NOW)
    stored(person())
    asker = staff("auditor", "auditor", "branch_manager", org=branch("1100"))
    return order(asker, kind, {}, "csv", reason="audit 2026", at=timezone.now())


@task("customers.services.exporting.run_export", Row("audit.exported", "auditor", "COUNTER", "run"), **RUN)
def exporting(_folder: Path) -> Callable[[], object]:
    from customers.services.exporting import run_export

    run = an_export()
    return lambda: run_export(run.pk)


@task("customers.services.exporting.expire_exports", Row("export.expire", "system:export", subject="run"))
def expiring_exports(_folder: Path) -> Callable[[], object]:
    from customers.services.exporting import expire_exports, run_export

    run = an_export("customers")
    run_export(run.pk)
    JobRun.objects.filter(pk=run.pk).update(finished_at=NOW - timedelta(days=90))
    return expire_exports


# -- customers -------------------------------------------------------------------------------------------


def who_left() -> str:
    """The number of a customer whose time of retention is over."""
    from customers.rules.number import customer_no

    left = {"party_type": "PERSON", "org": "1100", "lifecycle_status": "CLOSED", "valid_to": date(2010, 1, 1)}
    return customer_no(stored(person("A", customer=[left], agreement=[], restriction=[])))


ERASED = Row("customer.erase", "system:erase", "BATCH", "customer")


@task("customers.services.erasing.run_erasure", ERASED, **RUN)
def erasing(_folder: Path) -> Callable[[], object]:
    from customers.services.erasing import eraser, order, run_erasure

    ordered = order(eraser(), who_left(), reason="retention is over", at=timezone.now())
    return lambda: run_erasure(ordered.run_id)


@command("erase_customer", ERASED, **RUN)
def erasing_by_hand(_folder: Path) -> Callable[[], object]:
    return typed("erase_customer", who_left(), "--reason", "retention is over")


@task(
    "credentials.services.integrity.run_checks",
    Row("integrity.checked", "system:integrity", "BATCH", "run"),
    **RUN,
)
def checking_integrity(_folder: Path) -> Callable[[], object]:
    from credentials.services import integrity

    stored(person())
    run = integrity._run(everything(), {"branches": []}, NOW.date(), NOW)
    return lambda: integrity.run_checks(run.pk)


@task(
    "customers.services.indexing.run_indexing",
    Row("attribute.indexed", "system:dictionary", subject="run"),
    mdm_jobrun=RUN["mdm_jobrun"],
    mdm_lookupentry="entries of the index say what the rows say; the row comes with the end of the run",
)
def indexing_an_attribute(_folder: Path) -> Callable[[], object]:
    from customers.services import indexing
    from mdm.dictionary.indexing import JOB
    from mdm.run_control import create_run
    from tests.factories.customers import DAY

    stored(person())
    run = create_run(everything(), JOB, {"facet": "phone"}, business_date=DAY, at=NOW)
    return lambda: indexing.run_indexing(run.pk)


@command("explain_access", Row("access.explain", "system:explain", subject="customer"))
def explaining(_folder: Path) -> Callable[[], object]:
    from customers.models import Customer

    member_of_staff("asked", "teller", org=branch("1100"))
    return typed("explain_access", "asked", Customer(pk=stored(person())).customer_no)


@command(
    "verify_certificate", Row("history.certificate_verify", "system:certificates", subject="certificate")
)
def verifying_a_certificate(_folder: Path) -> Callable[[], object]:
    from customers.models import Customer
    from customers.services.certifying import issue

    number = Customer(pk=stored(person())).customer_no
    made = issue(staff("auditor", "auditor", org=branch("1100")), number, reason="audit", at=NOW)
    return typed("verify_certificate", made.pk)


@command("load_documents", Row("documents.load", "system:load", "BATCH", "run"))
def loading_documents(folder: Path) -> Callable[[], object]:
    from security.crypto.algorithms import sm3
    from tests.factories.documents import jpeg

    stored(person("K-1"))
    picture = jpeg("a")
    (folder / "a.jpg").write_bytes(picture)
    told = f"core_customer,K-1,OTHER,,,,a.jpg,{sm3(picture).hex()}"
    (folder / "manifest.csv").write_text(
        f"source_system,source_key,kind,title,dated_on,credential,file,sm3\n{told}\n"
    )
    return typed("load_documents", folder)


@command("load_file", Row("load.submit", "system:load", "BATCH", "run"))
def loading_by_hand(folder: Path) -> Callable[[], object]:
    return typed("load_file", a_file(folder), "--layout", "core_customer")


MERGED = Row("customer.merge", "system:consolidate", "BATCH", "customer")


@command("consolidate", MERGED, **RUN)
def consolidating(_folder: Path) -> Callable[[], object]:
    store([person("A"), person("B")])
    return typed("consolidate", "--full")


@command("run_job", Row("customer.merge", "system:job", "BATCH", "customer"), **RUN)
def doing_a_job(_folder: Path) -> Callable[[], object]:
    store([person("A"), person("B")])
    return typed("run_job", "consolidate")


@command("unmerge", Row("customer.unmerge", "system:unmerge", subject="customer"))
def unmerging(_folder: Path) -> Callable[[], object]:
    from consolidation.models import Merge
    from tests.consolidation.services.acting import joined, told

    one, other = store([told("A-1"), told("A-2")]).customer_ids
    joined((one, other))
    return typed("unmerge", Merge.objects.get().pk, "--reason", "two people")


@command("export_links", Row("links.export", "system:export", "BATCH", "file"))
def exporting_links(folder: Path) -> Callable[[], object]:
    stored(person())
    return typed("export_links", folder / "links.csv")


@command("score_links", None)
def scoring_links(folder: Path) -> Callable[[], object]:
    (folder / "links.csv").write_text("source_system,source_key,customer_no\ncore_customer,A,1\n")
    (folder / "truth.csv").write_text("source_system,source_key,entity\ncore_customer,A,1\n")
    return typed("score_links", folder / "links.csv", "--truth", folder / "truth.csv")


@command("check_consistency", None)
def checking_consistency(_folder: Path) -> Callable[[], object]:
    stored(person())
    return typed("check_consistency")


@command("generate_customers", None)
def generating(folder: Path) -> Callable[[], object]:
    return typed("generate_customers", "--rows", 20, "--seed", 3, "--out", folder / "made")


# -- rights, requests, keys ------------------------------------------------------------------------------


@task("mdm.tasks.age_requests", Row("approval.expire", "system:approvals", subject="change_request"))
def ageing_requests(_folder: Path) -> Callable[[], object]:
    from mdm.tasks import age_requests
    from tests.security.approvals.desk import Desk
    from tests.support.database_roles import database_role

    with database_role("app"):
        Desk.open().ask()
    return age_requests


@task("mdm.tasks.apply_policies", Row("policy.applied", "system:approvals", subject="approval_rule"))
def applying_policies(_folder: Path) -> Callable[[], object]:
    from mdm.tasks import apply_policies
    from security.services.policy_changes import change, state_of
    from tests.factories.approvals import let_in
    from tests.support.database_roles import database_role

    with database_role("app"):
        admin = staff("admin", "administrator", org=branch("1000"))
        told = {**state_of("row.change", "name"), "checkers": 2}
        asked = change(admin, "row.change", "name", told, reason="audit report", at=timezone.now()).request
        assert asked is not None
        let_in(asked.pk, timezone.now())
    return apply_policies


KEY = "key"


@task("mdm.tasks.carry_out_ceremonies", Row("key.begin", "system:keys", subject=KEY), committed=True)
def carrying_out_ceremonies(_folder: Path) -> Callable[[], object]:
    from mdm.tasks import carry_out_ceremonies
    from security.crypto.purposes import registered_purposes
    from security.services import ceremonies

    name = registered_purposes()[0].name
    wang, li = staff("wang", "key_officer"), staff("li", "key_officer")
    begun = ceremonies.propose(wang, "create", "L3", name, reason="yearly", at=timezone.now())
    ceremonies.confirm(li, begun.pk, at=timezone.now())
    return carry_out_ceremonies


@command("keys init", Row("key.init", "system:keys", subject=KEY), committed=True)
def making_keys(_folder: Path) -> Callable[[], object]:
    from security.crypto import keyring
    from security.models import DataKey

    DataKey.objects.filter(pk=DataKey.objects.latest("pk").pk).delete()
    keyring.forget()
    return typed("keys", "init")


@command("keys rotate", Row("key.rotate", "system:keys", subject=KEY), committed=True)
def rotating_keys(_folder: Path) -> Callable[[], object]:
    from security.crypto.purposes import registered_purposes

    return typed("keys", "rotate", "--level", "L2", "--domain", registered_purposes()[0].domain)


@command("keys status", None)
def looking_at_keys(_folder: Path) -> Callable[[], object]:
    return typed("keys", "status")


@command("prepare_demo", Row("demo.bank", "system:demo", subject="branch"))
def preparing_the_demonstration(folder: Path) -> Callable[[], object]:
    """With fewer customers than it has."""
    import pytest

    from batch.demo import story

    few = folder / story.FEBRL_FILE.name
    few.write_text("".join(story.FEBRL_FILE.read_text().splitlines(keepends=True)[:40]))

    def call() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(story, "FEBRL_FILE", few)
            patch.setattr(story, "CUSTOMERS", 60)
            typed("prepare_demo")()

    return call


@command("api_client", Row("client.issue", "system:operator", subject="client"))
def issuing_a_client(_folder: Path) -> Callable[[], object]:
    member_of_staff("boss", org=branch("1000"))
    return typed("api_client", "issue", "core-bank", "--org", "1000", "--answerable", "boss")


@command("self_check", Row("system.self_check", "system:self_check"))
def checking_itself(_folder: Path) -> Callable[[], object]:
    return typed("self_check")


@task("mdm.tasks.verify_audit", Row("audit.verify", "system:audit", subject="audit"))
def verifying(_folder: Path) -> Callable[[], object]:
    from mdm.tasks import verify_audit

    return verify_audit


@command("audit_verify", Row("audit.verify", "system:audit", subject="audit"))
def verifying_by_hand(_folder: Path) -> Callable[[], object]:
    return typed("audit_verify")


SEALS = {
    "security_auditseal": "a seal is itself signed, chained and kept outside; a row for each would never end",
    "security_auditsigner": "the first seal makes the key that signs",
}


@task("mdm.tasks.seal_audit", None, **SEALS)
def sealing(_folder: Path) -> Callable[[], object]:
    from mdm.tasks import seal_audit

    return seal_audit


@command("audit_seal", None, **SEALS)
def sealing_by_hand(_folder: Path) -> Callable[[], object]:
    return typed("audit_seal")


@task("mdm.tasks.forget_answers", Row("upkeep.forget", "system:upkeep", subject="upkeep"))
def forgetting_answers(_folder: Path) -> Callable[[], object]:
    from mdm.rest.idempotency import RETENTION
    from mdm.rest.models import IdempotencyRecord
    from mdm.tasks import forget_answers

    old = datetime(2020, 1, 1, tzinfo=UTC) - RETENTION
    IdempotencyRecord.objects.create(client="c", key="k", fingerprint="f", created_at=old)
    return forget_answers


@task("mdm.tasks.forget_proofs", Row("upkeep.forget", "system:upkeep", subject="upkeep"))
def forgetting_proofs(_folder: Path) -> Callable[[], object]:
    from mdm.tasks import forget_proofs
    from security.authentication import attempts

    attempts.take("nobody", at=NOW - timedelta(days=30))
    return forget_proofs


# -- what looks only -------------------------------------------------------------------------------------


def whatever_it_finds(*words: str) -> Callable[[], object]:
    """The command says by its exit code whether files are up to date, or whether services are up."""

    def call() -> None:
        with suppress(SystemExit):
            call_command(*words, stdout=StringIO(), stderr=StringIO())

    return call


@command("reference", None)
def looking_at_pages(_folder: Path) -> Callable[[], object]:
    """It writes files of the sources."""
    return whatever_it_finds("reference", "--check")


@command("messages", None)
def looking_at_messages(_folder: Path) -> Callable[[], object]:
    """It writes files of the sources."""
    return whatever_it_finds("messages", "--check")


@command("services", None)
def looking_at_services(_folder: Path) -> Callable[[], object]:
    """It starts and stops processes."""
    return whatever_it_finds("services", "status")
