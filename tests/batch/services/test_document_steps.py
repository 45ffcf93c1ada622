"""Steps of documents by file: the same moves, guards and second person as at a screen."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from credentials.rules.lifecycle import ASKED
from security.access.actor import Actor
from security.approvals.models import ChangeRequest
from security.models import OperationLog
from tests.batch.services.test_special_files import delivered_by, refused
from tests.factories.approvals import unasked
from tests.factories.customers import past_of, person, stored, the_row
from tests.factories.facet_files import counts, deliver, rejects, row
from tests.factories.security import branch, staff
from tests.support.database_roles import database_role


@pytest.fixture
def owner(bank: None) -> int:
    """A person with an identity card in force."""
    told = person()
    told.facets["credential"][0] |= {"lifecycle_state": "VERIFIED", "name_on_document": "欧阳知远"}
    return stored(told)


def card(owner: int, slot: str = "P01") -> Any:
    return the_row("credential", owner, slot)


def step(folder: Path, operation: str, **columns: str) -> Any:
    return deliver(folder, "credential", row(operation, slot="P01", **columns))


def test_a_document_is_lost_and_found_by_file(owner: int, tmp_path: Path) -> None:
    assert counts(step(tmp_path, "report_loss")) == (0, 1, 0, 0)
    assert (card(owner).lifecycle_state, card(owner).lost_on is None) == ("LOST", False)
    assert counts(step(tmp_path, "report_loss", notice="again")) == (0, 0, 1, 0), "it is so already"
    found = step(tmp_path, "found")
    assert counts(found) == (0, 1, 0, 0)
    assert (card(owner).lifecycle_state, card(owner).lost_on) == ("VERIFIED", None)
    assert past_of(card(owner))[-1].history_change_reason == f"facet file #{found.run}"
    with database_role("engine"):
        told = OperationLog.objects.filter(customer_id=owner, action__startswith="credential.")
        assert [one.action for one in told.order_by("id")] == ["credential.report_loss", "credential.found"]


def test_a_revocation_takes_the_notice_of_the_issuer(owner: int, tmp_path: Path) -> None:
    assert rejects(step(tmp_path, "revoke")) == [(2, "", "credential.notice")]
    assert counts(step(tmp_path, "revoke", notice="N-2026-7")) == (0, 1, 0, 0)
    assert card(owner).lifecycle_state == "REVOKED"
    assert rejects(step(tmp_path, "found")) == [(2, "", "credential.final")]


@pytest.mark.parametrize("operation", [one for one in ASKED if one not in ("report_loss", "revoke")])
def test_what_the_table_forbids_is_refused_by_file(owner: int, tmp_path: Path, operation: str) -> None:
    refusal = "approval.nobody" if operation == "void" else "credential.move"
    assert rejects(step(tmp_path, operation)) == [(2, "", refusal)]
    assert (card(owner).lifecycle_state, card(owner).version) == ("VERIFIED", 1)


def test_a_document_entered_in_error_is_taken_out_with_a_second_person(bank: None, tmp_path: Path) -> None:
    """As on the screen: the account that delivers asks; the document stays until somebody agrees."""
    owner = stored(person())
    teller = staff("teller7", "teller", "operator", org=branch("1000"))
    unasked("load.run")

    run = delivered_by(teller, tmp_path, "credential", row("void", slot="P01"))

    assert (run.state, run.counts["updated"]) == ("SUCCEEDED", 1), refused(run)
    assert card(owner).lifecycle_state == "PENDING_VERIFY"
    request = ChangeRequest.objects.get(operation="credential.void")
    assert (request.maker.username, request.customer_id) == ("teller7", owner)


def test_a_renewal_enters_the_new_document_under_its_own_name(owner: int, tmp_path: Path) -> None:
    told = {"expiry_date": "20460102", "issue_date": "20260102", "in_place_of": "P01"}
    renewed = row("renew", slot="N-2", **told)

    loaded = deliver(tmp_path, "credential", renewed)

    assert counts(loaded) == (1, 0, 0, 0), rejects(loaded)
    new, old = card(owner, "~N-2"), card(owner)
    assert (new.replaces, new.replaced_how, new.lifecycle_state) == (old.pk, "RENEWED", "PENDING_VERIFY")
    assert (new.source_system, new.source_key) == ("core_customer", "P-1")
    assert (new.number.open(), new.expiry_date, new.type) == (old.number.open(), date(2046, 1, 2), "P01")
    assert (old.lifecycle_state, old.version) == ("VERIFIED", 1), "it stays until the new one is verified"
    assert counts(deliver(tmp_path, "credential", renewed, {**renewed, "expiry_date": "20460103"})) == (
        0,
        0,
        1,
        1,
    )
    changed = row("change", slot="N-2", issuing_authority="北京市公安局")
    assert counts(deliver(tmp_path, "credential", changed)) == (0, 1, 0, 0), (
        "and its source goes on telling of it"
    )


def test_replacing_and_upgrading_prove_what_the_screen_proves(owner: int, tmp_path: Path) -> None:
    other = row("replace", slot="N-2", in_place_of="P01", number="110105198001010017")
    nowhere = row("replace", slot="N-2", number="11010519491231002X")
    unnamed = row("upgrade", in_place_of="P01")
    shorter = row("renew", slot="N-3", in_place_of="P01")

    loaded = deliver(tmp_path, "credential", other, nowhere, unnamed, shorter)

    assert [(line, code) for line, _field, code in rejects(loaded)] == [
        (2, "credential.other_number"),
        (3, "row.required"),
        (4, "row.required"),
        (5, "credential.not_later"),
    ]
    assert counts(deliver(tmp_path, "credential", row("replace", slot="N-4", in_place_of="P01"))) == (
        1,
        0,
        0,
        0,
    )
    assert card(owner, "~N-4").replaced_how == "REPLACED"
    again = deliver(tmp_path, "credential", row("replace", slot="N-5", in_place_of="P01"))
    assert rejects(again) == [(2, "", "credential.replaced")]


def test_who_may_not_change_documents_delivers_none(owner: int, tmp_path: Path, clerk: Actor) -> None:
    unasked("load.run")
    run = delivered_by(clerk, tmp_path, "credential", row("void", slot="P01"))
    assert len(refused(run)) == 1
    assert card(owner).lifecycle_state == "VERIFIED"


@pytest.fixture
def clerk(bank: None) -> Actor:
    """May deliver files; documents are not among what it may change."""
    return staff("clerk9", "operator", org=branch("1000"))
