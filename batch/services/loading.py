"""Loading a file for someone: admit it, keep it sealed, run it, keep what was refused."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Unpack

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batch.formats.admission import Admitted, Order, admit
from batch.formats.control import Mode
from batch.formats.errors import error, place, refuse
from batch.formats.lines import RowError
from batch.formats.sameness import changed
from batch.layouts.attributes import suited
from batch.layouts.facet import FacetLayout
from batch.layouts.layout import Layout
from batch.layouts.registry import layout as layout_named
from batch.layouts.registry import layouts
from batch.pipeline.crew import on_call
from batch.pipeline.facet_load import load_facets, rehearse_facets
from batch.pipeline.job import Counts, Job, Process, Reach
from batch.pipeline.load import Progress, load, rehearse
from batch.services.orders import RIGHT, Delivered, How, case_of, key_of, reach_of, safe_name
from batch.services.rejects import store_rejects
from batch.services.sources import sources_of
from mdm.bulk.last_told import load_reason
from mdm.conf import conf
from mdm.errors import Duplicate
from mdm.run_control import Claim, advance, carry_out, claim, create_run, finish, shut_out, take_up
from mdm.runs import JobRun, RunState
from mdm.storage.models import StoredObject
from mdm.storage.objects import object_as_path, store_file
from mdm.subjects import registry
from mdm.tasks import task
from security.access.actor import Actor, staff_actor, system_actor
from security.approvals.gate import require_approval
from security.audit.log import record
from security.models import User

JOB = "load_file"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The result of a load as the command prints it; `run` is None for a dry run."""

    run: int | None
    counts: Counts
    seconds: float

    def as_json(self) -> dict[str, Any]:
        names = ("rows", "created", "updated", "unchanged", "ended", "rejected", "suspects")
        told = asdict(self.counts)
        return {"run": self.run, **{name: told[name] for name in names}, "seconds": round(self.seconds, 3)}


def _nothing(_done: int, _total: int) -> None:
    """No one to tell of progress."""


def submit(actor: Actor, path: Path, layout_name: str, **how: Unpack[How]) -> JobRun:
    """Admit a file, keep it sealed, make its run and wake a worker for it.

    Raises NotAllowed (`access.source` for a client system in the name of another), NotFound `layout.unknown`,
    Invalid with every `file.` error, ApprovalNeeded (`delivering.deliver` has the file wait then).

    A run of the same file for the same day that has not ended is taken up again instead of making a second one.
    What a full file leaves out ends; more than a fifth of the source's customers only with `accept_missing`.
    """
    with transaction.atomic():
        order = ordered(actor, path, layout_name, **how)
        return enter(actor, order, lambda: sealed(actor, path, order, how["at"]), at=how["at"])


def ordered(actor: Actor, path: Path, layout_name: str, **how: Unpack[How]) -> Delivered:
    """An order for an admitted file. Raises as `submit`."""
    actor.require(RIGHT)
    sources_of(actor, layout_named(layout_name))  # before the file is looked at
    name, mode = how.get("file_name", ""), how["mode"]
    layout, file, day = _admitted(path, layout_name, mode, how["business_date"], how["at"], name)
    return Delivered(
        layout=layout.name,
        file=safe_name(name or path.name),
        mode=_mode(mode, file),
        accept_missing=how.get("accept_missing", False),
        sm3=file.survey.sm3,
        bytes=file.survey.bytes,
        rows=file.survey.rows,
        day=day.isoformat(),
    )


def sealed(actor: Actor, path: Path, order: Delivered, at: datetime) -> StoredObject:
    """The file of an order, sealed into the object storage."""
    return store_file(path, purpose="inbound", file_name=order.file, actor=actor, at=at)


def enter(
    actor: Actor,
    order: Delivered,
    keep: Callable[[], StoredObject],
    *,
    at: datetime,
    rights: frozenset[str] | None = None,
) -> JobRun:
    """The run of an order, and a worker woken for it; `keep` gives the sealed file, where it is not there yet.

    `rights` narrows in whose name rows ask a second person (None: as the actor may). Raises ApprovalNeeded.
    """
    run = _register(actor, order, keep, at, rights)
    run_load.send(run.pk)
    return run


def _register(
    actor: Actor,
    order: Delivered,
    keep: Callable[[], StoredObject],
    at: datetime,
    rights: frozenset[str] | None = None,
) -> JobRun:
    """The run of an admitted file, its content kept sealed; the matrix is asked first."""
    actor.require(RIGHT)
    layout, day = layout_named(order.layout), order.business_date
    params: dict[str, Any] = {**order.params(), **reach_of(actor), **sources_of(actor, layout)}
    if isinstance(layout, FacetLayout):
        _refuse_replay(params, day)
        params |= _asker(actor, rights)
    require_approval(actor, case_of(actor, order, layout))
    run = create_run(actor, JOB, params, business_date=day, at=at, key=key_of(JOB, params, day))
    if "object" not in run.params:
        stored = keep()
        StoredObject.objects.filter(pk=stored.pk).update(run_id=run.pk)
        JobRun.objects.filter(pk=run.pk).update(params=params | {"object": stored.name}, total=order.rows)
        record(actor, "load.submit", at, subject="run", object_id=run.pk, fields={"layout": layout.name})
        run.refresh_from_db()
    return run


def load_file(
    actor: Actor,
    path: Path,
    layout_name: str,
    *,
    mode: Mode | None = None,
    business_date: date | None = None,
    at: datetime,
    tell: Progress = _nothing,
    accept_missing: bool = False,
    workers: int | None = None,
) -> Loaded:
    """Load a file now: register its run and execute it, by this process and, if it is large, some more.

    `workers` says how many in all; None: as many as the configuration says.
    """
    how = How(mode=mode, business_date=business_date, at=at, accept_missing=accept_missing)
    path = path.absolute()  # the other workers stand elsewhere
    order = ordered(actor, path, layout_name, **how)
    with _on_call(order.layout, order.rows, workers) as others:
        with transaction.atomic():
            run = _register(actor, order, lambda: sealed(actor, path, order, at), at)
        return execute(actor, run.pk, path, tell=tell, others=others)


def _on_call(layout: str, rows: int, workers: int | None = None) -> AbstractContextManager[list[Process]]:
    """The other workers of a load; rows of a facet, which are told one by one, are one worker's."""
    wanted = 1 if isinstance(layout_named(layout), FacetLayout) else workers or conf.load_workers
    return on_call(wanted, rows)


def execute(
    actor: Actor,
    run_id: int,
    path: Path,
    *,
    tell: Progress = _nothing,
    others: Sequence[Process] = (),
) -> Loaded:
    """Work on a submitted run from its checkpoint to its end, with `others` beside this process (`crew.on_call`).

    Duplicate `run.taken` where another process works on it.
    """
    return carry_out(run_id, lambda held: _work(actor, held, path, tell, others), _claim)


def _claim(run_id: int) -> Claim:
    """Claim a run: Duplicate `run.taken`; `run.busy` where another file of the same source is being loaded,
    because of two files the later business date must come second."""
    layout = layout_named(JobRun.objects.get(pk=run_id).params["layout"])
    source = layout.source_system or layout.name
    names = [known.name for known in layouts() if (known.source_system or known.name) == source]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{JOB}|{source}"])
        others = JobRun.objects.filter(job=JOB, params__layout__in=names).exclude(pk=run_id)
        if others.filter(state=RunState.RUNNING, lease_until__gt=timezone.now()).exists():
            raise Duplicate("run.busy", _("Another file of this source is being loaded; this one waits."))
        shut_out(others)  # a worker that stood still would go on with a file that is the older one by now
        return claim(run_id)


def _work(
    actor: Actor, held: Claim, path: Path, tell: Progress = _nothing, others: Sequence[Process] = ()
) -> Loaded:
    """From the checkpoint of a claimed run to its end."""
    begun, run = monotonic(), JobRun.objects.get(pk=held.run_id)
    job = replace(_job(actor, run, path), others=tuple(others))
    counts = load_facets(job, held, tell) if _by_facet(job) else load(job, held, tell=tell)
    _finish(job, held, counts)
    return Loaded(run.pk, counts, monotonic() - begun)


def dry_run(
    actor: Actor,
    path: Path,
    layout_name: str,
    *,
    mode: Mode | None = None,
    business_date: date | None = None,
    at: datetime,
    tell: Progress = _nothing,
    accept_missing: bool = False,
    found: Callable[[RowError], None],
) -> Loaded:
    """Report all errors of all rows and what a load would do; writes nothing, not even a run."""
    actor.require(RIGHT)
    begun = monotonic()
    layout, file, day = _admitted(path, layout_name, mode, business_date, at)
    full = _mode(mode, file) == "full"
    asker = actor if actor.user_id else None
    job = Job(actor, file, layout, day, reach=_reach(reach_of(actor)), full=full, asker=asker)
    job = replace(job, accept_missing=accept_missing)
    counts = rehearse_facets(job, tell, found) if _by_facet(job) else rehearse(job, tell, found)
    return Loaded(None, counts, monotonic() - begun)


def _admitted(
    path: Path,
    layout_name: str,
    mode: Mode | None,
    business_date: date | None,
    at: datetime,
    file_name: str = "",
) -> tuple[Layout, Admitted, date]:
    """The layout, the file looked at as a whole, and the business date: ordered, promised, or today."""
    layout = suited(layout_named(layout_name), path)
    today = timezone.localtime(at).date()
    order = Order(layout.control_required, file_name or None, business_date, mode, today)
    file = admit(path, layout.profile, layout.names, order)
    if isinstance(layout, FacetLayout) and _mode(mode, file) == "full":
        raise refuse([error("file.delta_only", place())])
    promised = file.control.business_date if file.control else None
    return layout, file, business_date or promised or today


def _by_facet(job: Job) -> bool:
    """Whether the rows of a file are told one by one."""
    return isinstance(job.layout, FacetLayout)


def _refuse_replay(params: dict[str, Any], day: date) -> None:
    """Operations are not done twice: a file that was loaded to its end is not loaded for the same day again."""
    same = JobRun.objects.filter(
        job=JOB, business_date=day, params__layout=params["layout"], params__sm3=params["sm3"]
    )
    if same.filter(state__in=(RunState.SUCCEEDED, RunState.PARTIAL)).exists():
        raise refuse([error("file.replayed", place())])


def asking_rights(actor: Actor) -> frozenset[str]:
    """The rights in which an account that delivers asks a second person about single rows."""
    return frozenset(facet.permission for facet in registry.facets() if actor.may(facet.permission))


def _asker(actor: Actor, within: frozenset[str] | None) -> dict[str, Any]:
    """The account that delivers, with its rights to ask: no more than its token had when it delivered."""
    rights = asking_rights(actor) if within is None else asking_rights(actor) & within
    return {"user": actor.user_id, "rights": sorted(rights)} if actor.user_id else {}


def _account(run: JobRun) -> Actor | None:
    """The account that delivered the file of a run, by the rights that it held then and still holds."""
    user = User.objects.filter(pk=run.params.get("user") or 0).first()
    if user is None:
        return None
    actor = staff_actor(user, timezone.now(), channel="BATCH")
    told = frozenset(run.params["rights"])
    rights = tuple(replace(right, permissions=right.permissions & told) for right in actor.rights)
    return replace(actor, rights=rights, request_id=run.request_id)


def _mode(ordered: Mode | None, file: Admitted) -> Mode:
    """What the file holds: as ordered, as promised, or changes only."""
    return ordered or (file.control.mode if file.control else "delta")


@task
def run_load(run_id: int) -> None:
    """A worker's part: read the sealed file of a submitted run and execute it as the loader."""
    take_up(run_id, _stored, _claim)  # where the source is busy, the relay asks again


def _stored(held: Claim) -> None:
    run = JobRun.objects.get(pk=held.run_id)
    with (
        _on_call(run.params["layout"], run.total or 0) as others,
        object_as_path(run.params["object"]) as path,
    ):
        _work(loader(), held, path, others=others)


def loader() -> Actor:
    """The actor of loads: files are loaded by the product, on the order that the run names."""
    return system_actor("load", ["load.run"], channel="BATCH")


def _job(actor: Actor, run: JobRun, path: Path) -> Job:
    layout = suited(layout_named(run.params["layout"]), path)
    file = admit(path, layout.profile, layout.names)
    if file.survey.sm3 != run.params["sm3"]:
        raise changed()
    counts = Counts(**run.counts) if run.counts else Counts()
    assert run.business_date is not None  # noqa: S101 (`submit` sets it)
    actor = actor.asking(run.request_id or f"run-{run.pk}", actor.address)
    full, accepted = run.params["mode"] == "full", bool(run.params.get("accept_missing"))
    reason = load_reason(run.pk)
    job = Job(
        actor, file, layout, run.business_date, run.pk, reason, _reach(run.params), counts, full, accepted
    )
    sources = run.params.get("sources")
    return replace(job, asker=_account(run), sources=None if sources is None else frozenset(sources))


def _reach(params: Mapping[str, Any]) -> Reach:
    """How far a load writes: a worker loads as the product, but no further than who ordered it may."""
    orgs, guards = params.get("orgs"), params.get("guards")
    return Reach(
        None if orgs is None else frozenset(orgs),
        None if guards is None else frozenset(guards),
    )


def _finish(job: Job, held: Claim, counts: Counts) -> None:
    """Seal the rejects into a file and end the run."""
    advance(held, step="rejects")
    rejects = store_rejects(job.actor, held.run_id, job.layout, at=timezone.now())
    state = RunState.PARTIAL if counts.rejected else RunState.SUCCEEDED
    result = {"rejects": rejects} if rejects else {}
    finish(held, state, step="", counts=asdict(counts), checkpoint={"line": -1, **result})
