"""Every step of a document: what the table allows works, what it does not is refused with its code."""

from datetime import date, timedelta
from typing import Any

import pytest

from credentials.rules.lifecycle import ASKED, TERMINAL, TRIGGERS, refusal, target
from credentials.services import lifecycle, replacing, verifying
from credentials.services.verifying import Check
from customers.services import facets
from mdm import codes
from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound, Stale
from mdm.history.models import Status
from security.access.actor import Actor
from security.models import OperationLog
from tests.factories.approvals import approved
from tests.factories.credentials import AHEAD, OTHERS, document, fresh
from tests.factories.customers import past_of, rows_of
from tests.factories.security import NOW, everything

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=2)
WHY = "customer came to the counter"
STATES = sorted(codes.get("credential_state").known)
CHECKED = {
    "confirm": Check("NETWORK_CHECK", "CONSISTENT", "police register", "NC-1"),
    "confirm_manually": Check("MANUAL", "CONSISTENT", reference="slip 7"),
    "refuse": Check("NETWORK_CHECK", "NOT_FOUND", "police register", "NC-2"),
}


def take(actor: Actor, row: Any, trigger: str, version: int | None = None) -> Any:
    """One step by the service that people ask."""
    told = (actor, row.pk, row.version if version is None else version)
    if trigger in CHECKED:
        return verifying.verify(*told, CHECKED[trigger], reason=WHY, at=LATER)
    return lifecycle.act(*told, trigger, reason=WHY, at=LATER, reference="issuer 2026-9")


@pytest.mark.parametrize("party", ["PERSON", "CORPORATE"])
@pytest.mark.parametrize("trigger", [*ASKED, *CHECKED])
@pytest.mark.parametrize("state", STATES)
def test_the_table_is_what_the_services_do(bank: None, state: str, trigger: str, party: str) -> None:
    row = document(party, *OTHERS[party], state=state, expiry_date=AHEAD)
    actor = everything()
    wanted = target(state, trigger)
    agrees = trigger.startswith("confirm") and state in ("VERIFIED", "EXPIRING")

    if wanted is None and not agrees:
        with pytest.raises(Duplicate) as refused:
            take(actor, row, trigger)
        code = refusal(state, "confirm" if trigger in CHECKED else trigger)
        assert refused.value.code == code == refused.value.errors[0].code
        assert (fresh(row).lifecycle_state, fresh(row).version) == (state, 1)
        assert not rows_of("credential_verification", row.customer_id)
        return
    take(actor, row, trigger)
    assert fresh(row).lifecycle_state == (wanted or state)
    assert past_of(row)[-1].history_change_reason == WHY


@pytest.mark.parametrize("state", STATES)
def test_a_correction_moves_a_document_as_the_table_says(bank: None, state: str) -> None:
    """Correcting is changing by a form what a check was about."""
    row = document(state=state, expiry_date=AHEAD)

    def corrected() -> None:
        facets.change(
            everything(), "credential", row.pk, 1, {"issue_date": date(2020, 1, 1)}, reason=WHY, at=LATER
        )

    if state in TERMINAL:
        with pytest.raises(Duplicate, match=r"credential\.final"):
            corrected()
        assert (fresh(row).lifecycle_state, fresh(row).version) == (state, 1)
        return
    corrected()
    assert fresh(row).lifecycle_state == (target(state, "correct") or state)


@pytest.mark.parametrize("state", STATES)
def test_a_document_gives_way_to_another_as_the_table_says(bank: None, state: str) -> None:
    row, actor = document(state=state, expiry_date=NOW.date() + timedelta(days=20)), everything()
    wanted = target(state, "replace")
    if wanted is None:
        with pytest.raises(Duplicate) as refused:
            replaced(actor, row, "RENEWED", expiry_date=AHEAD)
        assert refused.value.code == refusal(state, "replace")
        assert len(rows_of("credential", row.customer_id)) == 1
        return
    new = replaced(actor, row, "RENEWED", expiry_date=AHEAD)
    assert fresh(row).lifecycle_state == state, "until the other is verified"
    take(actor, new, "confirm")
    assert (fresh(row).lifecycle_state, fresh(new).lifecycle_state) == (wanted, "VERIFIED")


def test_every_move_of_the_table_is_driven_by_a_service() -> None:
    """Here, and the clock's in test_clock."""
    assert {*ASKED, *CHECKED, "found_corrected", "correct", "replace", "clock"} == TRIGGERS


def test_a_step_is_logged_versioned_and_has_a_reason(teller: Actor) -> None:
    row = document(state="VERIFIED")

    lost = take(teller, row, "report_loss")

    assert (lost.lifecycle_state, lost.lost_on, lost.version) == ("LOST", LATER.date(), 2)
    entry = OperationLog.objects.get(action="credential.report_loss")
    assert (entry.customer_id, entry.object_id, entry.reason) == (row.customer_id, row.pk, WHY)
    with pytest.raises(Stale, match=r"row\.stale"):
        take(teller, row, "found", version=1)
    with pytest.raises(Invalid, match=r"reason\.missing"):
        lifecycle.act(teller, row.pk, 2, "found", reason=" ", at=LATER)
    found = take(teller, lost, "found")
    assert (found.lifecycle_state, found.lost_on) == ("VERIFIED", None)


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"number": "440524188001010014"}, "PENDING_VERIFY"),
        ({"expiry_date": AHEAD + timedelta(days=1)}, "PENDING_VERIFY"),
        ({"issuing_authority": "朝阳分局"}, "VERIFIED"),
    ],
)
def test_what_was_corrected_while_it_was_lost_is_verified_anew_when_it_is_found(
    teller: Actor, told: dict[str, Any], state: str
) -> None:
    """Back and forth is no correction: what counts is the document that was verified before it was lost."""
    row = take(teller, document(state="VERIFIED", expiry_date=AHEAD), "report_loss")
    for changes in ({"number": "11010519491231002X"}, told):
        row = facets.change(everything(), "credential", row.pk, row.version, changes, reason=WHY, at=LATER)
    assert (row.lifecycle_state, row.verified_at) == ("LOST", None)

    assert take(teller, row, "found").lifecycle_state == state
    assert fresh(row).lost_on is None
    assert past_of(fresh(row))[-1].lifecycle_state == state
    again = verifying.verify(teller, row.pk, row.version + 1, CHECKED["confirm"], reason=WHY, at=LATER)
    assert again.lifecycle_state == "VERIFIED"


def test_who_does_not_see_the_customer_takes_no_step(stranger: Actor) -> None:
    row = document(state="VERIFIED")
    for step in ("report_loss", "confirm", "teleport"):
        with pytest.raises(NotFound):
            take(stranger, row, step)
    assert fresh(row).lifecycle_state == "VERIFIED"


def test_who_may_only_look_takes_no_step(bank: None) -> None:
    from tests.factories.security import branch, staff

    row = document(state="VERIFIED")
    auditor = staff("looker", "auditor", org=branch("1000"))
    with pytest.raises(NotAllowed):
        take(auditor, row, "report_loss")


@pytest.mark.parametrize(
    ("told", "field"),
    [({"number": "110105194912310021"}, "number"), ({"name_on_document": ""}, "name_on_document")],
)
def test_a_draft_is_submitted_with_a_right_number_and_a_name(
    teller: Actor, told: dict[str, Any], field: str
) -> None:
    row = document(state="DRAFT", **told)
    with pytest.raises(Invalid, match=r"credential\.unfit") as refused:
        take(teller, row, "submit")
    assert [error.pointer for error in refused.value.errors] == [f"/{field}"]


def test_a_revocation_names_the_notice(teller: Actor) -> None:
    row = document(state="VERIFIED")
    with pytest.raises(Invalid, match=r"credential\.notice"):
        lifecycle.act(teller, row.pk, 1, "revoke", reason=WHY, at=LATER, reference=" ")


def test_a_lost_document_whose_time_is_over_does_not_come_back(teller: Actor) -> None:
    row = document(state="LOST", expiry_date=NOW.date())
    with pytest.raises(Duplicate, match=r"credential\.extend_expired"):
        take(teller, row, "found")


def test_what_others_may_have_been_told_of_is_voided_by_two(teller: Actor) -> None:
    row = document(state="PENDING_VERIFY")

    same_day = lifecycle.ask(teller, row.pk, 1, "void", reason=WHY, at=NOW + timedelta(hours=1))
    assert same_day.request is None
    assert (fresh(row).lifecycle_state, fresh(row).status) == ("VOID", Status.ENDED)

    other = document(state="PENDING_VERIFY", key="D-2")
    done = lifecycle.ask(teller, other.pk, 1, "void", reason=WHY, at=LATER)
    assert done.request is not None
    assert fresh(other).lifecycle_state == "PENDING_VERIFY"
    approved(done.request, LATER)
    assert fresh(other).lifecycle_state == "VOID"


# -- checks ------------------------------------------------------------------------------------------


def test_a_check_is_kept_with_all_that_it_told(teller: Actor) -> None:
    row = document()
    asked = NOW + timedelta(hours=3)
    check = Check("NETWORK_CHECK", "CONSISTENT", "police register", "NC-2026-1", asked)

    verified = verifying.verify(teller, row.pk, 1, check, reason=WHY, at=LATER)

    (kept,) = rows_of("credential_verification", row.customer_id)
    assert (kept.document, kept.document_type, kept.method, kept.outcome) == (
        row.pk,
        "P01",
        "NETWORK_CHECK",
        "CONSISTENT",
    )
    assert (kept.source, kept.reference, kept.checked_at) == ("police register", "NC-2026-1", asked)
    assert (verified.verified_by, verified.verified_at, verified.verified_how) == (
        "teller",
        asked,
        "NETWORK_CHECK",
    )
    assert len(past_of(kept)) == 1


def test_a_check_that_was_not_done_moves_nothing(teller: Actor) -> None:
    row = document()
    verifying.verify(teller, row.pk, 1, Check("NETWORK_CHECK", "NOT_DONE"), reason=WHY, at=LATER)
    assert (fresh(row).lifecycle_state, fresh(row).version) == ("PENDING_VERIFY", 1)
    assert len(rows_of("credential_verification", row.customer_id)) == 1


def test_a_document_in_force_that_the_issuer_invalidated_is_revoked(teller: Actor) -> None:
    row = document(state="VERIFIED")
    verifying.verify(teller, row.pk, 1, Check("NETWORK_CHECK", "INVALIDATED"), reason=WHY, at=LATER)
    assert fresh(row).lifecycle_state == "REVOKED"


def test_confirming_by_hand_takes_two_documents_and_two_people(teller: Actor) -> None:
    alone = document()
    with pytest.raises(Invalid, match=r"check\.auxiliary"):
        take(teller, alone, "confirm_manually")

    row = document("PERSON", *OTHERS["PERSON"], key="D-2")
    with pytest.raises(Duplicate, match=r"approval\.needed"):
        take(teller, row, "confirm_manually")
    done = verifying.ask(teller, row.pk, 1, CHECKED["confirm_manually"], reason=WHY, at=LATER)
    assert done.request is not None
    approved(done.request, LATER)
    stored = fresh(row)
    assert (stored.lifecycle_state, stored.verified_how) == ("VERIFIED", "MANUAL")
    (kept,) = rows_of("credential_verification", row.customer_id)
    assert kept.reference == "slip 7"


@pytest.mark.parametrize(
    ("check", "code"),
    [
        (Check("SEANCE", "CONSISTENT"), r"check\.unknown"),
        (Check("NETWORK_CHECK", "MAYBE"), r"check\.unknown"),
        (Check("NETWORK_CHECK", "CONSISTENT", checked_at=LATER + timedelta(days=1)), r"check\.ahead"),
        (Check("MANUAL", "CONSISTENT"), r"check\.evidence"),
    ],
)
def test_a_check_that_tells_nonsense_is_refused(teller: Actor, check: Check, code: str) -> None:
    row = document()
    with pytest.raises(Invalid, match=code):
        verifying.verify(teller, row.pk, 1, check, reason=WHY, at=LATER)


def test_there_are_no_two_verified_main_documents_of_a_type(teller: Actor) -> None:
    second = {"slot": "P01-2", "type": "P01", "number": "11010519491231002X", "is_primary": True}
    row = document("PERSON", second, state="VERIFIED")
    other = next(r for r in rows_of("credential", row.customer_id) if r.slot == "P01-2")
    with pytest.raises(Duplicate, match=r"credential\.second_primary"):
        take(teller, other, "confirm")
    assert fresh(other).lifecycle_state == "PENDING_VERIFY"


# -- one in the place of another -----------------------------------------------------------------------


def replaced(actor: Actor, row: Any, how: str, **values: Any) -> Any:
    return replacing.replace(actor, row.pk, row.version, how, values, reason=WHY, at=LATER)


def test_a_renewed_document_takes_the_place_of_the_old_one_once_it_is_verified(teller: Actor) -> None:
    old = document(state="EXPIRED", expiry_date=NOW.date() - timedelta(days=9))

    new = replaced(teller, old, "RENEWED", issue_date=NOW.date(), expiry_date=AHEAD)

    assert (new.lifecycle_state, new.replaces, new.replaced_how, new.is_primary) == (
        "PENDING_VERIFY",
        old.pk,
        "RENEWED",
        True,
    )
    assert new.number.open() == old.number.open()
    assert fresh(old).lifecycle_state == "EXPIRED"
    with pytest.raises(Duplicate, match=r"credential\.replaced"):
        replaced(teller, fresh(old), "RENEWED", expiry_date=AHEAD)

    take(teller, new, "confirm")

    gone = fresh(old)
    assert (gone.lifecycle_state, gone.is_primary, gone.status) == ("SUPERSEDED", False, Status.ACTIVE)
    assert fresh(new).lifecycle_state == "VERIFIED"
    with pytest.raises(Duplicate, match=r"credential\.final"):
        replaced(teller, gone, "RENEWED", expiry_date=AHEAD)


def test_a_lost_document_that_was_replaced_is_not_found_again(teller: Actor) -> None:
    lost = take(teller, document(state="VERIFIED"), "report_loss")
    replaced(teller, lost, "REPLACED", expiry_date=AHEAD)
    with pytest.raises(Duplicate, match=r"credential\.replaced"):
        take(teller, fresh(lost), "found")


@pytest.mark.parametrize(
    ("party", "old", "new", "code"),
    [
        ("PERSON", ("P01", "330106781027002"), ("P01", "330106197810270021"), None),
        ("PERSON", ("P01", "330106781027002"), ("P01", "11010519491231002X"), "credential.other_number"),
        ("PERSON", ("P09", "KAZ110090123105"), ("P10", "911398199012310021"), None),
        ("PERSON", ("P09", "KAZ110090123105"), ("P12", "N123456"), "credential.other_type"),
        ("CORPORATE", ("O02", "M000100Y4"), ("O01", "91350100M000100Y43"), None),
        ("CORPORATE", ("O02", "D2143569X"), ("O01", "91350100M000100Y43"), "credential.other_number"),
    ],
)
def test_a_number_in_a_newer_form_is_linked_to_the_old_one(
    teller: Actor, party: str, old: tuple[str, str], new: tuple[str, str], code: str | None
) -> None:
    row = document(party, type=old[0], number=old[1], state="VERIFIED")
    values = {"type": new[0], "number": new[1], "expiry_date": AHEAD}
    if code is not None:
        with pytest.raises(Invalid) as refused:
            replaced(teller, row, "UPGRADED", **values)
        assert refused.value.code == code
        return
    made = replaced(teller, row, "UPGRADED", **values)
    take(teller, made, "confirm")
    assert fresh(row).lifecycle_state == "SUPERSEDED"
    assert fresh(made).replaces == row.pk


@pytest.mark.parametrize(
    ("how", "values", "code"),
    [
        ("RENEWED", {"expiry_date": None}, "credential.not_later"),
        ("RENEWED", {"expiry_date": NOW.date()}, "credential.not_later"),
        ("REPLACED", {"number": "44052418800101001X"}, "credential.other_number"),
        ("REPLACED", {"type": "P11", "number": "E12345678"}, "credential.other_type"),
        ("CLONED", {}, "check.unknown"),
    ],
)
def test_not_every_document_may_come_in_the_place_of_another(
    teller: Actor, how: str, values: dict[str, Any], code: str
) -> None:
    row = document(state="VERIFIED", expiry_date=NOW.date() + timedelta(days=20))
    with pytest.raises(Invalid) as refused:
        replaced(teller, row, how, **values)
    assert refused.value.code == code
    assert len(rows_of("credential", row.customer_id)) == 1


def test_a_passport_changes_its_number_when_it_is_replaced(teller: Actor) -> None:
    row = document(type="P11", number="E12345678", state="VERIFIED")
    new = replaced(teller, row, "REPLACED", number="EA1234567", expiry_date=AHEAD)
    assert new.number.open() == "EA1234567"


# -- what a form may not do ----------------------------------------------------------------------------


def change(actor: Actor, row: Any, **changes: Any) -> Any:
    from tests.factories.approvals import changed

    return changed(actor, "credential", row.pk, row.version, changes, reason=WHY, at=LATER)


@pytest.mark.parametrize("state", ["EXPIRED", "GRACE"])
def test_an_expired_document_does_not_come_back_by_another_date(teller: Actor, state: str) -> None:
    row = document(state=state, expiry_date=NOW.date() - timedelta(days=1))
    with pytest.raises(Duplicate, match=r"credential\.extend_expired"):
        change(teller, row, expiry_date=AHEAD)
    assert fresh(row).version == 1


def test_a_document_that_was_ever_verified_is_not_ended(teller: Actor) -> None:
    row = take(teller, document(state="VERIFIED"), "report_loss")
    with pytest.raises(Duplicate, match=r"credential\.stays"):
        facets.end(teller, "credential", row.pk, row.version, reason=WHY, at=LATER)


def test_a_changed_number_is_verified_anew(teller: Actor) -> None:
    row = take(everything(), document(state="PENDING_VERIFY", type="P12", number="N1234567"), "confirm")
    assert (row.lifecycle_state, row.verified_how, row.verified_at) == ("VERIFIED", "NETWORK_CHECK", LATER)

    changed = change(teller, row, number="N1234568")

    assert (changed.lifecycle_state, changed.verified_by) == ("PENDING_VERIFY", "")
    assert (changed.verified_how, changed.verified_at) == ("", None)
    assert [past.verified_at for past in past_of(changed)] == [None, LATER, None]


def test_a_document_in_force_with_another_date_is_verified_anew(teller: Actor) -> None:
    row = document(state="VERIFIED", expiry_date=NOW.date() - timedelta(days=1))
    assert change(teller, row, expiry_date=AHEAD).lifecycle_state == "PENDING_VERIFY"


def test_another_field_leaves_the_state(teller: Actor) -> None:
    row = document(state="VERIFIED")
    assert change(teller, row, issuing_authority="朝阳分局").lifecycle_state == "VERIFIED"
