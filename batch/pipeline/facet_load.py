"""Loading a facet file: some rows a transaction, each in a savepoint, with the checkpoint of the run.

A row is written by the service that writes it online, so what holds there holds here; a loader may be killed
anywhere, and whoever takes the run over goes on after the last committed row.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import chain
from typing import cast

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batch.formats.errors import text
from batch.formats.lines import Record, Row, RowError
from batch.formats.sameness import changed
from batch.layouts.facet import FacetLayout
from batch.pipeline.delivery import ENDED, Delivery
from batch.pipeline.facet_rows import Told, read, refusals
from batch.pipeline.facet_verbs import done
from batch.pipeline.job import Counts, Job, Reach
from batch.pipeline.load import Progress, chunks, write_rejects
from customers.models import Customer
from customers.rules.number import customer_id
from customers.selectors.customer import visible
from customers.selectors.erasing import erased_keys, gone, refuse_erased
from customers.services.locking import done_again, lock
from mdm.bulk.last_told import delivery_reason
from mdm.bulk.linking import known_customers
from mdm.errors import Duplicate, NotFound, ServiceError, Unavailable
from mdm.run_control import Claim, advance, hold
from mdm.runs import JobRun
from mdm.subjects import registry
from security.access.actor import system_actor
from security.access.client import require_source
from security.access.rights import ANY_GUARD, Right
from security.access.scope import in_scope
from security.audit.log import record

#: Rows in one transaction.
CHUNK = 100
#: Rows that are one thing: one, or those of a batch of payments.
Unit = list[Row]
Values = tuple[str | None, ...]


def load_facets(job: Job, held: Claim, tell: Progress) -> Counts:
    """Apply every row not yet applied. Returns the counts of the file."""
    run = JobRun.objects.get(pk=held.run_id)
    for units in _chunks(job, int(run.checkpoint.get("line", 0))):
        counts = _commit(job, held, units)
        tell(counts.rows, job.file.survey.rows)
    job.counts.set(JobRun.objects.get(pk=held.run_id).counts)
    if job.counts.rows != job.file.survey.rows:
        raise changed()
    return job.counts


def rehearse_facets(job: Job, tell: Progress, found: Callable[[RowError], None]) -> Counts:
    """What loading would do: done, and taken back after some rows, so that nobody waits for a trial.

    Rows of one customer are tried together, in the order of the file: a later one sees what an earlier one would have
    done. So those of a customer who comes again are kept until the last.
    """
    last = {owner: place for place, (owner, _unit) in enumerate(_owned(job))}
    waiting: dict[int | None, list[Unit]] = {}
    some: list[Unit] = []
    for place, (owner, unit) in enumerate(_owned(job)):
        waiting.setdefault(owner, []).append(unit)
        if owner is None or last[owner] == place:
            some += waiting.pop(owner)
        if sum(map(len, some)) >= CHUNK:
            _try(job, some, tell, found)
            some = []
    if some:
        _try(job, some, tell, found)
    return job.counts


def _owned(job: Job) -> Iterator[tuple[int | None, Unit]]:
    """Everything in the file, with the customer it is of; None where that is nobody, or cannot be read."""
    for units in _chunks(job, 0):
        whole = [_read(_layout(job), unit, []) for unit in units]
        with in_scope(job.actor, "load.run"):
            owners = _Owners([told for rows in whole for told in rows], _delivery(job))
        yield from (
            (owners.id_of(told[0]) if told else None, unit) for unit, told in zip(units, whole, strict=True)
        )


def _try(job: Job, units: Sequence[Unit], tell: Progress, found: Callable[[RowError], None]) -> None:
    with in_scope(job.actor, "load.run"), transaction.atomic():
        counts, rejects = _apply(job, units)
        transaction.set_rollback(True)
    for reject in rejects:
        found(reject)
    job.counts.add(counts)
    tell(job.counts.rows, job.file.survey.rows)


def _chunks(job: Job, after_line: int) -> Iterator[list[Unit]]:
    """What comes after a line, about `CHUNK` rows at a time; what is one thing is never cut."""
    some: list[Unit] = []
    for unit in _units(job, chain.from_iterable(chunks(job, after_line))):
        some.append(unit)
        if sum(map(len, some)) >= CHUNK:
            yield some
            some = []
    if some:
        yield some


def _units(job: Job, rows: Iterator[Row]) -> Iterator[Unit]:
    """Rows by what is one thing; those of a thing that is torn apart are all of them errors."""
    if not _layout(job).together:
        yield from ([row] for row in rows)
        return
    torn = _torn(job)
    for unit in _standing_together(job, rows):
        yield [_apart(row) for row in unit] if _thing(job, unit) in torn else unit


def _torn(job: Job) -> set[Values]:
    """What the file tells of in several places: applied by the first of them, it would be half of it."""
    found = Counter(
        _thing(job, unit) for unit in _standing_together(job, chain.from_iterable(chunks(job, 0)))
    )
    return {thing for thing, times in found.items() if times > 1 and thing}


def _thing(job: Job, unit: Unit) -> Values:
    """Which thing a unit is, by the first row of it that can be read; nothing where none can."""
    layout = _layout(job)
    record = next((row for row in unit if isinstance(row, Record)), None)
    names = [name for name in layout.thing if name in layout.names]
    return tuple(record.values[layout.names.index(name)] for name in names) if record else ()


def _apart(row: Row) -> RowError:
    if isinstance(row, RowError):
        return row
    return RowError(row.line, row.raw_line, "", "row.apart", text("row.apart"))


def _standing_together(job: Job, rows: Iterator[Row]) -> Iterator[Unit]:
    """Rows that follow one another and are one thing. A line that cannot be read may be of what stands before it or
    after it: of both."""
    layout = _layout(job)
    places = [layout.names.index(name) for name in layout.together if name in layout.names]

    def joined(one: Row, following: Row) -> bool:
        if isinstance(one, Record) and isinstance(following, Record):
            return all(one.values[place] == following.values[place] for place in places)
        return isinstance(one, Record) or isinstance(following, Record)

    unit: Unit = []
    for row in rows:
        if unit and not joined(unit[-1], row):
            yield unit
            unit = []
        unit.append(row)
    if unit:
        yield unit


@done_again
def _commit(job: Job, held: Claim, units: Sequence[Unit]) -> Counts:
    """One transaction. Returns the counts of the run; Stale `run.fenced` where it is another worker's."""
    with in_scope(job.actor, "load.run"):
        made, rejects = _apply(job, units)
        write_rejects(job.run_id, rejects)
        run, counts = hold(held), Counts()
        counts.set(run.counts)
        counts.add(made)
        checkpoint = {"line": units[-1][-1].line}
        advance(held, done=counts.rows, checkpoint=checkpoint, counts=asdict(counts))
        subject = {"subject": "run", "object_id": job.run_id, "reason": job.reason}
        record(job.actor, "load.chunk", timezone.now(), fields=asdict(made), **subject)  # type: ignore[arg-type]
    return counts


def _apply(job: Job, units: Sequence[Unit]) -> tuple[Counts, list[RowError]]:
    """Apply units one after the other, all their customers locked at once; counts, and what was refused."""
    layout, delivery = _layout(job), _delivery(job)
    counts, rejects = Counts(), list[RowError]()
    whole = [_read(layout, unit, rejects) for unit in units]
    owners = _Owners([told for rows in whole for told in rows], delivery)
    lock(owners.ids())
    for unit, told in zip(units, whole, strict=True):
        counts.rows += len(unit)
        refused = _refused(delivery, owners, told, counts) if told else []
        rejects += refused
        counts.rejected += len(unit) if refused or not told else 0
    return counts, sorted(rejects, key=lambda reject: reject.line)


def _read(layout: FacetLayout, unit: Unit, rejects: list[RowError]) -> list[Told]:
    """The rows of a unit; none where one of them cannot be read, for the others say half of it."""
    told: list[Told] = []
    for row in unit:
        if isinstance(row, RowError):
            rejects.append(row)
            continue
        try:
            told.append(read(layout, row))
        except ServiceError as refusal:
            rejects += refusals(layout, [(row.line, row.raw_line)], refusal)
    if len(told) == len(unit):
        return told
    half = Duplicate("row.together", text("row.together"))
    rejects += refusals(layout, [(one.line, one.raw_line) for one in told], half)
    return []


def _refused(delivery: Delivery, owners: "_Owners", told: Sequence[Told], counts: Counts) -> list[RowError]:
    """Apply one unit in a savepoint; the refusal of its rows, or nothing."""
    try:
        with transaction.atomic():
            became = done(delivery, owners.of(told[0]), told)
    except Unavailable:
        raise
    except ServiceError as refusal:
        return refusals(delivery.layout, [(one.line, one.raw_line) for one in told], refusal)
    counts.ended += len(told) if became == ENDED else 0
    became = "updated" if became == ENDED else became
    setattr(counts, became, getattr(counts, became) + len(told))
    return []


class _Owners:
    """Whose the rows of a chunk are; a customer out of the deliverer's scope is as unknown as one that is not."""

    def __init__(self, rows: Sequence[Told], delivery: Delivery) -> None:
        keys = list(dict.fromkeys((one.system, one.key) for one in rows if one.key))
        self._delivery, self._by_key = delivery, known_customers(keys)
        self._erased = {keys[at] for at in erased_keys(keys)}
        self._ids = {self.id_of(one) for one in rows} - {None}

    def ids(self) -> list[int]:
        return sorted(one for one in self._ids if one is not None)

    def id_of(self, told: Told) -> int | None:
        """The customer that a row names, None for nobody."""
        return self._by_key.get((told.system, told.key)) if told.key else customer_id(told.number)

    def of(self, told: Told) -> Customer:
        """NotFound `customer.unknown`, Gone `customer.erased`, NotAllowed `access.source`; Duplicate
        `customer.merged` for a merged number."""
        actor, permission = self._delivery.actor, self._delivery.facet.permission
        if (told.system, told.key) in self._erased:
            gone()
        found = self.id_of(told) or 0
        with in_scope(actor, permission):
            if not visible(actor, found, permission):
                refuse_erased(actor, told.number, permission)
                raise NotFound("customer.unknown", _("There is no such customer."))
            if self._delivery.sources is not None:  # not sooner: the line of an erased customer is not kept
                require_source(told.system, self._delivery.sources)
            customer = Customer.objects.get(pk=found)
        if told.number and customer.golden_id is not None:
            survivor = Customer(pk=customer.golden_id).customer_no
            raise Duplicate("customer.merged", _("This customer was merged into %s.") % survivor)
        return customer


def _layout(job: Job) -> FacetLayout:
    return cast(FacetLayout, job.layout)


def _delivery(job: Job) -> Delivery:
    """Facts are written by the product, within the reach of who ordered the load: a protected customer that they
    may not see is as unknown as one that is not."""
    layout = _layout(job)
    rights = frozenset({"load.run", "customer.view", registry.facet(layout.facet).permission})
    actor = system_actor("facet_file", rights, channel="BATCH").asking(job.actor.request_id)
    actor = replace(actor, rights=tuple(_within(job.reach, rights)))
    reason = delivery_reason(job.run_id)
    return Delivery(layout, actor, job.asker, job.business_date, timezone.now(), reason, job.sources)


def _within(reach: Reach, permissions: frozenset[str]) -> Iterator[Right]:
    guards = frozenset({ANY_GUARD}) if reach.guards is None else reach.guards
    for org in [None] if reach.orgs is None else sorted(reach.orgs):
        yield Right(permissions, org, guarded=guards)
