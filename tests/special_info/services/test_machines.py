"""Every operation from every state by the service that does it: what the table allows happens, nothing else does."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from mdm.bulk.writing import allocate_ids
from mdm.codes import get
from mdm.errors import Duplicate
from mdm.subjects import Bundle
from security.access.actor import Actor
from special_info.models import AgencyLine
from special_info.services import agency_batch, agency_payment, investor, tax
from special_info.services.moving import KINDS, Kind
from tests.factories.customers import company, person, rows_of, stored
from tests.factories.security import NOW, everything
from tests.special_info.declared import AGREEMENT, ASSESSMENT, CHINESE, DAY, HANDLER, WHY
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
SAY: dict[str, Any] = {"reason": WHY, "at": NOW}
OVER = DAY - timedelta(days=1)
#: What each kind of record tells beside its state: whole, and its time is over, so that any operation could be done.
TOLD: dict[str, dict[str, Any]] = {
    "tax": {**CHINESE, "certification_no": "T-1", "change_notice_due": OVER},
    "investor": {**ASSESSMENT, "qualified_until": OVER},
    "agency": {**AGREEMENT, "begins_on": date(2020, 1, 1), "ends_on": OVER},
    "batch": {"agreement_no": "A-1", "batch_no": "B-1", "handler_no": "1", "pay_on": DAY, "line_count": 1},
}
Drive = Callable[[Actor, Any], object]


def _of(row: Any) -> tuple[int, int]:
    return row.pk, row.version


def _decided(do: Callable[..., object]) -> Drive:
    """What an approval does once a second person has agreed."""
    return lambda _clerk, row: do(everything(), {"row": row.pk, "version": row.version}, WHY, NOW)


def _stepped(service: Any, operation: str) -> Drive:
    return lambda clerk, row: service.step(clerk, operation, *_of(row), **SAY)


def _swept(sweep: Callable[..., object]) -> Drive:
    """What the clock does of itself."""
    return lambda _clerk, _row: sweep(everything("clock"), DAY, **SAY)


def _settled(*, paid: bool) -> Drive:
    return lambda clerk, row: agency_batch.settle(clerk, *_of(row), [(1, paid, "", "")], **SAY)


def _superseding(_clerk: Actor, row: Any) -> None:
    """Another declaration of the customer is approved."""
    other = next(
        one for one in rows_of("tax_certification", row.customer_id) if one.certification_no == "T-2"
    )
    tax.do_approve(everything(), {"row": other.pk, "version": other.version}, WHY, NOW)


DRIVES: dict[tuple[str, str], Drive] = {
    ("tax", "submit"): lambda clerk, row: tax.submit(clerk, *_of(row), **SAY),
    ("tax", "approve"): _decided(tax.do_approve),
    ("tax", "reject"): _decided(tax.do_reject),
    **{("tax", verb): _stepped(tax, verb) for verb in ("reopen", "withdraw", "invalidate")},
    ("tax", "report_change"): lambda clerk, row: tax.report_change(clerk, *_of(row), DAY, **SAY),
    ("tax", "supersede"): _superseding,
    ("tax", "lapse"): _swept(tax.lapse),
    ("investor", "submit"): lambda clerk, row: investor.submit(clerk, *_of(row), **SAY),
    ("investor", "approve"): _decided(investor.do_approve),
    ("investor", "reject"): _decided(investor.do_reject),
    **{("investor", verb): _stepped(investor, verb) for verb in ("reopen", "revoke")},
    ("investor", "expire"): _swept(investor.expire),
    ("agency", "submit"): lambda clerk, row: agency_payment.submit(clerk, *_of(row), **SAY),
    ("agency", "activate"): _decided(agency_payment.do_activate),
    ("agency", "reject"): _decided(agency_payment.do_reject),
    **{
        ("agency", verb): _stepped(agency_payment, verb)
        for verb in ("reopen", "suspend", "resume", "terminate")
    },
    ("agency", "expire"): _swept(agency_payment.expire),
    ("batch", "refuse"): lambda clerk, row: agency_batch.refuse_batch(clerk, *_of(row), **SAY),
    ("batch", "approve"): _decided(agency_batch.do_approve_batch),
    ("batch", "send"): lambda clerk, row: agency_batch.send_batch(clerk, *_of(row), **SAY),
    ("batch", "settle_partly"): _settled(paid=False),
    ("batch", "settle"): _settled(paid=True),
}
#: Operations that look for what they are about: where nothing is, nothing is refused.
LOOKING = {("tax", "supersede"), ("tax", "lapse"), ("investor", "expire"), ("agency", "expire")}
#: What is done as a part of another operation: a batch is checked when it is received.
INSIDE = {("batch", "check")}


def standing(kind: Kind, state: str) -> Any:
    """A record of a customer of its own, in a state."""
    row = {"slot": "1", **TOLD[kind.name], kind.state: state}
    customer = stored(_holder(kind, f"{kind.name}-{state}", row))
    if kind.name == "batch":
        _with_line(customer)
    return again(kind, customer)


def _holder(kind: Kind, key: str, row: dict[str, Any]) -> Bundle:
    if kind.name == "investor":
        return person(key, investor_assessment=[row], tax_certification=[], tax_residence=[])
    if kind.name == "tax":
        other = {**CHINESE, "slot": "2", "certification_no": "T-2", "tax_state": "SUBMITTED"}
        return person(key, tax_certification=[row, other], tax_residence=[], investor_assessment=[])
    agreement = {"slot": "1", **TOLD["agency"], "agency_state": "ACTIVE"}
    facets: dict[str, Any] = {"agency_agreement": [agreement], "agency_batch": []}
    facets |= {kind.facet: [row], "agency_handler": [{"slot": "1", **HANDLER}], "controlling_person": []}
    return company(key, **facets)


def _with_line(customer: int) -> None:
    (batch,) = rows_of("agency_batch", customer)
    with database_role("engine"):
        (line_id,) = allocate_ids(AgencyLine._meta.db_table, 1)
        AgencyLine.objects.create(
            id=line_id, customer_id=customer, batch_id=batch.pk, line=1, payee_name="王建国", amount="1.00"
        )


def again(kind: Kind, customer: int) -> Any:
    """The record as it stands."""
    return next(one for one in rows_of(kind.facet, customer) if one.slot == "1")


@pytest.mark.parametrize(("kind", "operation"), DRIVES)
def test_the_services_do_what_the_tables_say(clerk: Actor, kind: str, operation: str) -> None:
    of, drive = KINDS[kind], DRIVES[kind, operation]
    allowed = {move.before: move.after for move in of.machine.moves if move.operation == operation}
    came_to = {}
    for state in get(of.machine.states):
        row = standing(of, state)
        refused = ""
        try:
            drive(clerk, row)
        except Duplicate as refusal:
            refused = refusal.code
        wanted = "" if state in allowed or (kind, operation) in LOOKING else "state.refused"
        assert refused == wanted, state
        came_to[state] = getattr(again(of, row.customer_id), of.state)
    assert came_to == {state: allowed.get(state, state) for state in came_to}


def test_every_operation_of_every_table_is_driven() -> None:
    every = {(kind.name, move.operation) for kind in KINDS.values() for move in kind.machine.moves}
    assert every == set(DRIVES) | INSIDE
