"""Changing one row of one facet: authorise, lock, screen, save with history, refresh, audit."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.models.derived import organisations, scope_tags
from customers.ports import settled
from customers.rules.number import customer_id as id_of
from customers.rules.number import customer_no
from customers.selectors.erasing import refuse_erased
from customers.services import approving, rescreening, restricting
from customers.services.beginning import refuse_ill_begun
from customers.services.dating import dated
from customers.services.locking import done_again, lock
from customers.services.others import refuse_others
from customers.services.telling import refuse_locked, refuse_unknown
from mdm.bulk.changing import refresh
from mdm.bulk.reading import read_bundles
from mdm.bulk.rows import insert_with_history
from mdm.bulk.stamp import Stamp
from mdm.bulk.tables import blank_of, own_fields
from mdm.bulk.writing import allocate_ids
from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound
from mdm.extension.values import assign, values_of
from mdm.history.models import SINCE, Status, SubjectModel
from mdm.history.writing import check_version, require_reason, save_with_history, sign
from mdm.quality.issues import replace_issues
from mdm.quality.rules import Finding
from mdm.quality.screening import refuse_blocked, screened
from mdm.subjects import UNVERIFIED, Bundle, Facet, Row, registry
from security.access.actor import Actor
from security.access.scope import in_scope, scope_q
from security.audit.log import record

#: The source system of what people enter; a steward's entry is a source record like any other.
ONLINE = "online"


@dataclass(frozen=True, slots=True)
class Teller:
    """A source that tells one row by itself: which system, under which key and slot.

    `of_record` says that the row is about the source's own record, wherever that was merged to; else it is about
    the customer, and nobody writes to a merged one.
    """

    system: str
    key: str
    slot: str
    of_record: bool


@done_again
def add(
    actor: Actor,
    number: str,
    facet_name: str,
    values: dict[str, Any],
    *,
    reason: str,
    at: datetime,
    operated: Row | None = None,
    teller: Teller | None = None,
) -> SubjectModel:
    """Add a row to a customer, in force since ever unless `values` say since when (`SINCE`). `operated` are values that
    only the operation which calls this may set; `teller` is the source that tells it, if not somebody at a screen.
    Raises NotFound, Duplicate `customer.merged`, Invalid."""
    facet = _facet(facet_name)
    with in_scope(actor, facet.permission):
        customer = open_customer(actor, facet, id_of(number), merged=bool(teller and teller.of_record))
        golden = customer.golden_id or customer.pk
        stamp = stamped(actor, at, reason)
        since, values = dated(values, stamp)
        refuse_others(actor, facet, golden, values)
        row = {**_told_row(facet, customer, values, teller), **since, **(operated or {})}
        refuse_locked(actor, facet, golden, values)
        bundle, told = _with_row(customer.pk, facet, None, row)
        findings = _screened(bundle, stamp)
        if operated is None:
            _guard(facet, customer.pk, None, told)
        sign(facet.model, actor.name, {}, told)
        approving.ask_add(actor, facet, golden, {**row, **told}, {**values, **since})
        insert_with_history(facet, [{**row, **told}], stamp)
        act = _Act(facet, row["id"], customer.pk, golden, stamp)
        return _finish(act, "add", sorted(values), bundle, findings)


@done_again
def change(
    actor: Actor,
    facet_name: str,
    row_id: int,
    version: int,
    changes: dict[str, Any],
    *,
    reason: str,
    at: datetime,
) -> SubjectModel:
    """Change fields of a row that is at `version`; `changes` may say since when it is so (`SINCE`), else it is from
    today on. Raises NotFound, Stale `row.stale`, Invalid; nothing is written where nothing differs."""
    facet = _facet(facet_name)
    with in_scope(actor, facet.permission):
        row, owner, golden = locked_row(actor, facet, row_id, version)
        stamp = stamped(actor, at, reason)
        since, changes = dated(changes, stamp)
        refuse_unknown(facet, changes)
        refuse_locked(actor, facet, golden, {**changes, **since})
        _check_place(actor, facet, row, changes)
        refuse_others(actor, facet, golden, changes)
        before = clear(facet, row)
        bundle, told = _with_row(
            owner, facet, row.pk, {**before, **changes, "raw_values": _unread(row, changes)}
        )
        findings = screened(bundle, stamp.business_date)
        changed = _assign(facet, row, before, told)
        moved = [SINCE for day in since.values() if row.valid_from != day]
        if not changed and not moved:  # the row is shown all the same
            record(actor, f"{facet_name}.read", at, subject=facet_name, object_id=row.pk, customer_id=golden)
            return row
        refuse_blocked(bundle, findings)
        _guard(facet, owner, {**before, "id": row.pk}, told)
        _follow(actor, facet, row, before, told, changes)
        sign(facet.model, actor.name, before, told)
        changed = [*_assign(facet, row, before, told), *moved]  # with what follows from the change
        approving.ask_change(actor, facet, row, golden, before, {**told, **since}, changed, changes)
        row.valid_from = since.get(SINCE, stamp.business_date)
        save_with_history(row, stamp, dated=True)
        return _finish(_Act(facet, row.pk, owner, golden, stamp), "change", changed, bundle, findings)


@done_again
def end(
    actor: Actor, facet_name: str, row_id: int, version: int, *, reason: str, at: datetime
) -> SubjectModel:
    """End a row: it stays, with its history, but holds no longer."""
    facet = _facet(facet_name)
    with in_scope(actor, facet.permission):
        row, owner, golden = locked_row(actor, facet, row_id, version)
        stamp = stamped(actor, at, reason)
        if not facet.multiple:
            raise Invalid("row.not_endable", _("This can be changed but not ended."))
        bundle = _without_row(owner, facet, row.pk)
        findings = _screened(bundle, stamp)
        _guard(facet, owner, {**clear(facet, row), "id": row.pk}, None)
        approving.ask_end(actor, facet, row, golden, clear(facet, row))
        row.status, row.valid_to = Status.ENDED, stamp.business_date
        save_with_history(row, stamp)
        return _finish(_Act(facet, row.pk, owner, golden, stamp), "end", ["status"], bundle, findings)


#: What an operation decides under the lock: the row in clear (with id, version), its golden customer -> new values.
Decide = Callable[[Row, Customer], dict[str, Any]]


@done_again
def operate(
    actor: Actor,
    facet_name: str,
    row_id: int,
    version: int | None,
    verb: str,
    decide: Decide,
    *,
    reason: str,
    at: datetime,
) -> SubjectModel:
    """Change a row by an operation of its own (submit, approve …), which may set what no form may (`OPERATED`).

    `decide` raises where the operation is refused, and asks for approval where it needs one: nothing is
    written then. `version` None takes the row as it stands. Raises NotFound, Stale `row.stale`, Invalid.
    """
    facet = _facet(facet_name)
    with in_scope(actor, facet.permission):
        row, owner, golden = locked_row(actor, facet, row_id, version)
        stamp = stamped(actor, at, reason)
        before = clear(facet, row)
        identity = {"id": row.pk, "version": row.version}
        changes = decide({**before, **identity}, Customer.objects.select_related("org").get(pk=golden))
        bundle, told = _with_row(
            owner, facet, row.pk, {**before, **changes, "raw_values": _unread(row, changes)}
        )
        findings = _screened(bundle, stamp)
        changed = _assign(facet, row, before, told)
        save_with_history(row, stamp)
        return _finish(_Act(facet, row.pk, owner, golden, stamp), verb, changed, bundle, findings)


def differs(facet: Facet, row: SubjectModel, owner: int, values: Row, day: date) -> bool:
    """Whether a row of a customer would be another with these values, once screening has corrected them."""
    before = clear(facet, row)
    bundle, told = _with_row(owner, facet, row.pk, {**before, **values})
    screened(bundle, day)
    return bool(_assign(facet, row, before, told))


@dataclass(frozen=True, slots=True)
class _Act:
    """What is being written: a row of a facet, whose it is, the golden customer it counts for, by whom."""

    facet: Facet
    row_id: int
    owner: int
    golden: int
    stamp: Stamp


def _facet(name: str) -> Facet:
    try:
        return registry.facet(name)
    except KeyError as unknown:
        raise NotFound("facet.unknown", _("There is no such kind of information.")) from unknown


def stamped(actor: Actor, at: datetime, reason: str) -> Stamp:
    """One act of writing online, dated by the bank's day; Invalid where the reason is missing."""
    return Stamp(actor, at, require_reason(reason), timezone.localtime(at).date())


def open_customer(actor: Actor, facet: Facet, customer_id: int | None, *, merged: bool = False) -> Customer:
    """The customer, locked; NotFound out of scope, Duplicate where it was merged into another (unless `merged`)."""
    customer = None if customer_id is None else _locked(actor, facet, customer_id)
    if customer is None:
        refuse_erased(actor, customer_no(customer_id or 0), facet.permission)
        raise NotFound("customer.unknown", _("There is no such customer."))
    if customer.golden_id is not None and not merged:
        survivor = customer_no(customer.golden_id)
        raise Duplicate("customer.merged", _("This customer was merged into %s.") % survivor)
    return customer


def _locked(actor: Actor, facet: Facet, customer_id: int) -> Customer | None:
    """The customer where the actor may write to it, locked with all that count for the same golden one."""
    customer = lock([customer_id]).get(customer_id)
    in_scope_now = Customer.objects.filter(scope_q(actor, facet.permission), pk=customer_id).exists()
    return customer if in_scope_now else None


def locked_row(actor: Actor, facet: Facet, row_id: int, version: int | None) -> tuple[SubjectModel, int, int]:
    """The row (at `version` if told), the customer it came with, and the golden one that counts for it, both locked.

    A row of a merged member is changed through its golden customer; the merged customer itself is not.
    """
    unlocked: Any = facet.model._default_manager.filter(pk=row_id).first()
    if unlocked is None:
        raise NotFound("row.unknown", _("There is no such entry."))
    if isinstance(unlocked, Customer):
        open_customer(actor, facet, row_id)
        owner = golden = row_id
    else:
        owner = unlocked.customer_id
        customer = _locked(actor, facet, owner)
        if customer is None:
            raise NotFound("row.unknown", _("There is no such entry."))
        golden = customer.golden_id or owner
    row: Any = facet.model._default_manager.get(pk=row_id)
    check_version(row, row.version if version is None else version)
    if row.status == Status.ENDED:
        raise Duplicate("row.ended", _("This entry has ended."))
    return row, owner, golden


def _told_row(facet: Facet, customer: Customer, values: dict[str, Any], teller: Teller | None) -> Row:
    """A new row from what a person entered, whose slot is its id where there are many; or what a source tells."""
    refuse_ill_begun(facet, customer, values, of_record=teller is not None)
    refuse_unknown(facet, values, frozenset(facet.model.FIRST))
    row_id = allocate_ids(facet.model._meta.db_table, 1)[0]
    slot = f"{ONLINE}-{row_id}" if facet.multiple else ""
    by = teller or Teller(ONLINE, customer.customer_no, slot, of_record=False)
    told = {"source_system": by.system, "source_key": by.key, "slot": by.slot}
    return {**values, **told, "id": row_id, "customer_id": customer.pk}


def _guard(facet: Facet, customer_id: int, before: Row | None, after: Row | None) -> None:
    """Ask the app whose facet it is whether a row may be changed by hand."""
    if facet.guard is not None:
        facet.guard(customer_id, before, after)


def _follow(
    actor: Actor, facet: Facet, row: SubjectModel, before: Row, told: Row, changes: dict[str, Any]
) -> None:
    """Put into a changed row what follows from the change. What is said with it holds: by a client system, which has
    asked the customer, or as another value than there was, for a form tells again whatever it shows."""
    if facet.follows is None:
        return
    for name, value in facet.follows(before, told).items():
        said = name in changes and (actor.kind == "client" or changes[name] != before.get(name))
        if name in UNVERIFIED:
            setattr(row, name, value)
        elif not said:
            told[name] = value


def _check_place(actor: Actor, facet: Facet, row: SubjectModel, changes: dict[str, Any]) -> None:
    """A customer may only be given to a branch, or another segment, where the actor may change customers."""
    if not isinstance(row, Customer) or not {"org_id", "segment"} & set(changes):
        return
    branch = organisations().by_id.get(changes.get("org_id", row.org_id))
    segment = changes.get("segment", row.segment)
    tags = scope_tags(branch[0], row.party_type, {"segment": segment}) if branch else []
    kept = [tag for tag in row.scope_tags if tag.startswith("manager:")]
    if branch is None or not actor.may_place(facet.permission, branch[1], [*tags, *kept]):
        raise NotAllowed("access.branch", _("You may not give customers to this branch."))


def _unread(row: SubjectModel, changes: dict[str, Any]) -> dict[str, Any]:
    """The texts as received that still stand for something: not those of the fields now told."""
    raw = row.raw_values.open() if row.raw_values else {}
    return {name: text for name, text in raw.items() if name not in changes}


def _assign(facet: Facet, row: SubjectModel, before: Row, told: Row) -> list[str]:
    """Set what differs; returns the names of the changed fields."""
    fields = {field.attname: field for field in own_fields(facet.model)}
    wanted = {n: blank_of(f) if told.get(n) in (None, "") else told[n] for n, f in fields.items()}
    changed = [
        name
        for name, value in wanted.items()
        if before.get(name) != value and not all(one in (None, "") for one in (before.get(name), value))
    ]
    assign(row, {name: wanted[name] for name in changed})
    row.raw_values = told.get("raw_values") or None
    return changed


def clear(facet: Facet, row: Any) -> Row:
    """The own fields of a row in clear: for computing on the server, never for showing."""
    return values_of(facet.model, row, own_fields(facet.model))


def _with_row(owner: int, facet: Facet, row_id: int | None, values: Row) -> tuple[Bundle, Row]:
    """The customer as it will be, and its row at hand, which screening corrects in place."""
    bundle, told = _read(owner, facet, row_id)
    told.update(values)
    if facet.name == "customer":
        bundle.party_type = str(told["party_type"])
    return bundle, told


def _without_row(owner: int, facet: Facet, row_id: int) -> Bundle:
    """The customer as it will be once a row has ended."""
    bundle, told = _read(owner, facet, row_id)
    bundle.facets[facet.name] = [row for row in bundle.rows(facet.name) if row is not told]
    return bundle


def _read(owner: int, facet: Facet, row_id: int | None) -> tuple[Bundle, Row]:
    """What is in force of a customer, and the row with an id in it, or a new empty one."""
    bundles, row_ids = read_bundles([owner])
    rows = bundles[0].facets.setdefault(facet.name, [])
    for (name, index), stored in row_ids[0].items():
        if name == facet.name and stored == row_id:
            return bundles[0], rows[index]
    rows.append({})
    return bundles[0], rows[-1]


def _screened(bundle: Bundle, stamp: Stamp) -> list[Finding]:
    """Correct what is safe to correct; Invalid for what is blocked, else what was found."""
    findings = screened(bundle, stamp.business_date)
    refuse_blocked(bundle, findings)
    return findings


def _finish(act: _Act, verb: str, fields: list[str], bundle: Bundle, findings: list[Finding]) -> SubjectModel:
    """Refresh what is derived, then the issues, write the operation log, give the row back as stored."""
    refresh([act.owner])
    replace_issues(act.owner, bundle, findings, act.stamp)
    row = act.facet.model._default_manager.get(pk=act.row_id)
    rescreening.note(act.golden, act.facet.name, fields, row, act.stamp)
    restricting.follow(act.golden, act.facet.name, verb, fields, row, act.stamp)
    settled(act.golden, act.facet.name, act.stamp)
    record(
        act.stamp.actor,
        f"{act.facet.name}.{verb}",
        act.stamp.at,
        subject=act.facet.name,
        object_id=act.row_id,
        customer_id=act.golden,
        fields={"fields": fields, "version": row.version},
        reason=act.stamp.reason,
    )
    return row
