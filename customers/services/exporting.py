"""Exporting the operation log, the changes of customers or a list of them as a sealed package: asked for with a
reason, made by a worker with the rights that the asker has by then, handed out to the asker alone; a list only for
some days.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.selectors import list_columns
from customers.selectors.erasing import day_of
from customers.selectors.evidence import (
    CHANGES_SHOWN,
    KINDS,
    LIST_SHOWN,
    LISTS,
    LOG,
    Kind,
    Source,
    Wanted,
    source,
)
from customers.selectors.search import SHORTEST_NAME
from customers.selectors.search_terms import read_back, written
from mdm.erasure import Erased
from mdm.errors import Duplicate, Gone, Invalid, NotFound, Unavailable
from mdm.history.writing import require_reason
from mdm.paging import Page, chosen_filters, newest_first
from mdm.run_control import Claim, advance, create_run, finish, take_up
from mdm.runs import FINAL_STATES, JobRun, RunState
from mdm.storage.models import StoredObject
from mdm.storage.objects import destroy_object, open_object, store_written
from mdm.tasks import task
from security.access.actor import Actor, system_actor
from security.access.client import actor_again
from security.access.scope import scoped
from security.audit import statement
from security.audit.evidence import ROWS, Cell, pack
from security.audit.examining import MADE
from security.audit.following import sealer
from security.audit.log import SHOWN, record
from security.audit.sealing import Sealer, newest
from security.audit.signing import Signer, signers
from security.models import OperationLog

JOB, RIGHT = LOG.job, LOG.right
JOBS = tuple(kind.job for kind in KINDS)
PURPOSE = "evidence"
#: The column that says in each row of a list who let it out, by which run, when.
MARK = "exported_by"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def order(
    actor: Actor,
    what: str,
    filters: Mapping[str, str],
    kind: str,
    *,
    columns: Sequence[str] = (),
    term: str = "",
    reason: str,
    at: datetime,
) -> JobRun:
    """Ask for an export: a run that a worker takes. The asking is logged with its reason.

    `what` is a source, `kind` csv or ndjson. Of a list one may choose `columns`, and the typed search whose result it
    is; this `term` is kept sealed. NotAllowed; Invalid `export.source`, `export.format`, `export.column`,
    `search.short`, `filter.unknown`, `filter.value`, `reason.missing`.
    """
    chosen = source(what)
    _require(actor, chosen)
    told = require_reason(reason)
    wanted = _checked(chosen, filters)
    params = {
        "source": what,
        "filters": wanted,
        "format": _format(kind),
        "reason": told,
        "user": actor.user_id,
        "columns": _columns(actor, chosen, columns),
        **({"term": _term(actor, term)} if term and chosen.kind == LISTS else {}),
    }
    with transaction.atomic():
        run = create_run(actor, chosen.kind.job, params, business_date=day_of(at), at=at)
        fields: dict[str, Any] = {"source": what, "format": kind, "filters": sorted(wanted)}
        if params["columns"]:
            fields["columns"] = params["columns"]
        record(actor, chosen.kind.right, at, subject="run", object_id=run.pk, fields=fields, reason=told)
        run_export.send(run.pk)
    return run


def _columns(actor: Actor, chosen: Source, columns: Sequence[str]) -> list[str]:
    """The columns that were chosen; none for those that the source has anyway."""
    return [] if chosen.columns else list(list_columns.chosen(actor, columns))


def _term(actor: Actor, term: str) -> str:
    """The search as it is kept."""
    if len(term.strip()) < SHORTEST_NAME:
        raise Invalid("search.short", _("Type at least two characters."))
    return written(actor.user_id or 0, term.strip())


def _require(actor: Actor, chosen: Source) -> None:
    for right in (chosen.kind.right, *chosen.rights):
        actor.require(right)


def _format(kind: str) -> str:
    if kind not in ROWS:
        raise Invalid("export.format", _("Exports are made as CSV or as NDJSON."))
    return kind


def _checked(chosen: Source, filters: Mapping[str, str]) -> dict[str, str]:
    """The filters that are set; refused where the page has no such filter, or a day is none."""
    told = chosen_filters(filters, chosen.filters)
    for name in ("day", "since", "until"):
        if name in told and not _is_day(told[name]):
            raise Invalid("filter.value", _("“%s” is no day.") % told[name])
    return told


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:
        return False


@task
def run_export(run_id: int) -> None:
    """A worker's part."""
    take_up(run_id, partial(work, at=timezone.now()))


def work(held: Claim, *, at: datetime, own: Sealer | None = None) -> dict[str, int]:
    """Make the export that a claimed run asks for. Returns its counts; killed anywhere, it is made again.

    First `own` (this process's sealer) puts under a seal what was done before somebody asked.
    NotAllowed ends the run where the asker may not any more; Invalid `export.large`.
    """
    run = JobRun.objects.get(pk=held.run_id)
    asker = _asker(run, at)
    manifest: dict[str, Any] = {}
    (own or sealer()).round(at)
    name = f"panorama-{run.params['source']}-{run.pk}.zip"
    stored = store_written(
        partial(_write, run, asker, held, at, manifest),
        purpose=PURPOSE,
        file_name=name,
        actor=asker,
        at=at,
        run_id=run.pk,
        content_type="application/zip",
    )
    counts = {"rows": manifest["rows"], "bytes": stored.size}
    with transaction.atomic():
        fields = {"source": run.params["source"], "rows": manifest["rows"], "sm3": manifest["sm3"]}
        record(asker, MADE, at, subject="run", object_id=run.pk, fields=fields, reason=run.params["reason"])
        kept = {**run.checkpoint, "object": stored.name, "sm3": manifest["sm3"]}
        finish(held, RunState.SUCCEEDED, counts=counts, checkpoint=kept, done=manifest["rows"], step="")
    return counts


def _asker(run: JobRun, at: datetime) -> Actor:
    """Who asked, with the rights of now; NotAllowed where they are gone."""
    actor = actor_again(run.params["user"], at)
    _require(actor, source(run.params["source"]))
    return actor.asking(run.request_id)


def _write(
    run: JobRun, asker: Actor, held: Claim, at: datetime, manifest: dict[str, Any], target: BinaryIO
) -> None:
    """Write the package; what its manifest says is left in `manifest`."""
    chosen, about = source(run.params["source"]), _About(run, asker, at)
    wanted = _wanted(chosen, run, asker)
    rows = about.watched(_read(chosen, run, asker, wanted, held, at))
    columns = (*wanted.columns, MARK) if chosen.kind.marked else wanted.columns
    manifest |= pack(target, _signer(), run.params["format"], columns, rows, about.told)


def _signer() -> Signer:
    known = signers()
    if not known:
        raise Unavailable("audit.log_replaced", _("The log has no signing key: nothing was sealed yet."))
    return known[max(known)]


def _wanted(chosen: Source, run: JobRun, asker: Actor) -> Wanted:
    """What was asked for, with what the asker may have by now."""
    columns = tuple(_columns(asker, chosen, run.params.get("columns", ()))) or chosen.standard()
    term = run.params.get("term", "")
    opened = read_back(run.params["user"] or 0, term) if term else ""
    return Wanted(run.params["filters"], columns, opened)


def _read(
    chosen: Source, run: JobRun, asker: Actor, wanted: Wanted, held: Claim, at: datetime
) -> Iterator[tuple[Cell, ...]]:
    """Every row, marked where its kind asks for it; progress is told after each chunk."""
    done, mark = 0, (f"{asker.name} #{run.pk} {day_of(at).isoformat()}",) if chosen.kind.marked else ()
    for rows in chosen.read(asker, run.created_at, wanted, at):
        yield from ((*row, *mark) for row in rows)
        done += len(rows)
        advance(held, done=done)
        if done > chosen.kind.most:
            raise Invalid("export.large", _("These are too many rows: narrow the filters."))


class _About:
    """What a manifest says of who asked for what, and between which seals the rows lie."""

    def __init__(self, run: JobRun, asker: Actor, at: datetime) -> None:
        self.run, self.asker, self.at = run, asker, at
        self.first: int | None = None
        self.last: int | None = None

    def watched(self, rows: Iterator[tuple[Cell, ...]]) -> Iterator[tuple[Cell, ...]]:
        """The same rows; of the log, the first and the last are remembered."""
        for row in rows:
            if self.run.params["source"] == "operations":
                self.first, self.last = self.first or int(row[0] or 0), int(row[0] or 0)
            yield row

    def told(self) -> dict[str, Any]:
        """What stands in the manifest beside the counts."""
        run, seal = self.run, newest()
        return {
            **{name: run.params[name] for name in ("source", "filters", "reason")},
            "of_a_search": "term" in run.params,
            "run": run.pk,
            "request_id": run.request_id,
            "asked_by": run.started_by,
            "roles": list(self.asker.roles),
            "branch": self.asker.org_code,
            "asked_at": run.created_at.isoformat(),
            "made_at": self.at.isoformat(),
            "seal": {"n": seal.n, "digest": statement.digest(seal).hex()} if seal else None,
            "first_seal": _seal_of(self.first),
            "last_seal": _seal_of(self.last),
        }


def _seal_of(row_id: int | None) -> int | None:
    """The seal under which an operation lies; None for no operation, and for one that is not sealed yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.n FROM security_operationlog o JOIN security_auditseal s"
            " ON (o.tx, o.id) <= (s.upto_tx, s.upto_id) AND (o.tx, o.id) > (s.after_tx, s.after_id)"
            " WHERE o.id = %s LIMIT 1",
            [row_id],
        )
        found = cursor.fetchone()
    return int(found[0]) if found else None


def exports(actor: Actor, *, kind: Kind = LOG, after: int | None = None, size: int = 25) -> Page[JobRun]:
    """A page of exports of a kind that were asked for within the actor's branches, newest first."""
    return newest_first(_exports(actor, kind), after, size)


def one(actor: Actor, run_id: int, *, kind: Kind = LOG) -> JobRun:
    """One export. NotFound `run.unknown` out of scope."""
    found = _exports(actor, kind).filter(pk=run_id).first()
    if found is None:
        raise NotFound("run.unknown", _("There is no such run."))
    return found


def _exports(actor: Actor, kind: Kind) -> QuerySet[JobRun]:
    return scoped(JobRun.objects.filter(job=kind.job), actor, kind.right)


def until(run: JobRun) -> datetime | None:
    """When the package of an export is destroyed; None where it is kept, or not made yet."""
    kept = source(run.params["source"]).kind.kept
    return run.finished_at + kept if kept and run.finished_at else None


def is_own(actor: Actor, run: JobRun) -> bool:
    """Whether the actor asked for it: to others its rows, masked for the asker, may show too much."""
    return actor.user_id is not None and run.params.get("user") == actor.user_id


def is_ready(actor: Actor, run: JobRun, at: datetime) -> bool:
    """Whether `read` would hand the package of an export to the actor."""
    name, over = run.checkpoint.get("object"), until(run)
    kept = bool(name) and StoredObject.objects.filter(name=name, destroyed_at=None).exists()
    return kept and is_own(actor, run) and (over is None or over > at)


def read(actor: Actor, run_id: int, *, at: datetime, kind: Kind = LOG) -> tuple[StoredObject, BinaryIO]:
    """The package that the actor asked for, as a stream; the reading is logged.

    NotAllowed, NotFound `run.unknown` (also for what others asked for), `export.none` before it is made,
    Gone `export.gone` once it was destroyed with a customer, `export.expired` once its time is over.
    """
    run = one(actor, run_id, kind=kind)
    if not is_own(actor, run):
        raise NotFound("run.unknown", _("There is no such run."))
    name = run.checkpoint.get("object")
    if not name:
        raise NotFound("export.none", _("The export is not made yet, or it failed."))
    over = until(run)
    if over and over <= at:
        raise Gone("export.expired", _("Its time is over: ask for it again."))
    fields = {"sm3": run.checkpoint["sm3"]}
    record(
        actor,
        f"{kind.right}_read",
        at,
        subject="run",
        object_id=run.pk,
        fields=fields,
        reason=run.params["reason"],
    )
    try:
        return open_object(name)
    except Gone as gone:
        raise Gone("export.gone", _("It was destroyed with a customer whom it told of.")) from gone


def forget(erased: Erased, at: datetime) -> set[str]:
    """The exports of changes and lists that told of an erased customer go with it; the log itself holds no values.

    Duplicate `run.busy` while one of them is being made.
    """
    shown = OperationLog.objects.filter(
        customer_id__in=erased.customer_ids, action=SHOWN, fields__by__in=(CHANGES_SHOWN, LIST_SHOWN)
    )
    asked = JobRun.objects.filter(job__in=JOBS, request_id__in=shown.values("request_id"))
    if asked.exclude(state__in=FINAL_STATES).exists():
        raise Duplicate("run.busy", _("An export that tells of this customer is being made."))
    stored = StoredObject.objects.filter(run_id__in=asked.values("pk"), purpose=PURPOSE, destroyed_at=None)
    return set(stored.values_list("name", flat=True))


@task
def expire_exports() -> None:
    """Destroy the packages whose time is over."""
    expire(timezone.now())


def expire(at: datetime) -> int:
    """Destroy the packages of lists whose time is over by `at`; says how many. Unavailable `store.down`."""
    if LISTS.kept is None:
        return 0
    over = JobRun.objects.filter(job=LISTS.job, finished_at__lte=at - LISTS.kept)
    found = StoredObject.objects.filter(run_id__in=over.values("pk"), purpose=PURPOSE, destroyed_at=None)
    packages = list(found.values_list("name", "run_id"))
    for name, run_id in packages:
        with transaction.atomic():
            record(system_actor("export", []), "export.expire", at, subject="run", object_id=run_id)
            destroy_object(name, at)
    return len(packages)
