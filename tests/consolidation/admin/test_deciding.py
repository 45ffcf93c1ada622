"""Deciding a case and taking a merge back on the screens: asked for with a reason, done by a second person."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from consolidation.models import Merge, ReviewCase
from consolidation.services.merging import Grounds, merge
from customers.models import Document
from customers.rules.number import customer_no
from security.approvals.models import ChangeRequest
from tests.consolidation.api.test_cases import case, pair  # noqa: F401 (fixtures)
from tests.factories import documents as made
from tests.factories.customers import stamp
from tests.factories.security import branch, everything, member_of_staff
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db


@pytest.fixture
def steward(pair: tuple[int, int]) -> Screens:  # noqa: F811
    return Screens(member_of_staff("steward", "steward", org=branch("1100")))


def asked_for(screens: Screens, address: str) -> ChangeRequest:
    """The request that a page leads to."""
    with database_role("engine"):
        found = ChangeRequest.objects.get()
    assert address == f"/approvals/{found.pk}/"
    assert screens.get(address).status == 200
    return found


def test_what_is_said_of_two_waits_for_a_second_person(case: ReviewCase, steward: Screens) -> None:  # noqa: F811
    page = f"/duplicates/{case.pk}/"
    standing = steward.get(page).value("standing")
    assert steward.post(page, verdict="SAME", standing=standing, reason="").status == 422
    seen = steward.post(page, verdict="SAME", standing=standing, reason="same document")
    assert asked_for(steward, seen.location).operation == "case.decide"
    with database_role("engine"):
        assert ReviewCase.objects.get(pk=case.pk).state == "OPEN"


def test_a_merge_is_taken_back_with_a_reason(pair: tuple[int, int], steward: Screens) -> None:  # noqa: F811
    with database_role("engine"):
        assert merge(everything(), [Grounds(pair, "A1", "1", 1.0)], stamp())
        merged = Merge.objects.get().pk
    page = f"/merges/{merged}/"
    assert steward.post(page, reason="").status == 422
    seen = steward.post(page, reason="two people")
    assert asked_for(steward, seen.location).reason == "two people"
    with database_role("engine"):
        assert Merge.objects.get().undone_at is None


@pytest.mark.usefixtures("objects")
def test_what_is_on_file_about_a_case_is_shown_and_added_there(
    case: ReviewCase,  # noqa: F811
    pair: tuple[int, int],  # noqa: F811
    steward: Screens,
) -> None:
    """A paper that settles a case is put on file from its page, stands there with whose it is, and leads back."""
    page, numbers = f"/duplicates/{case.pk}/", [customer_no(pk) for pk in pair]
    keeper = Screens(member_of_staff("keeper", "branch_manager", org=branch("1100")))
    add = [f"/customer/{number}/kept/?about=case&amp;about_id={case.pk}#add" for number in numbers]
    empty = keeper.get(page)
    assert [address in empty.html for address in add] == [True, True]
    form = {
        "kind": "OTHER",
        "title": "",
        "about": "case",
        "about_id": str(case.pk),
        "reason": "asked at the counter",
    }
    file = SimpleUploadedFile("letter.jpg", made.jpeg(), "image/jpeg")
    sent = keeper.post(f"/customer/{numbers[0]}/kept/", file=file, **form)  # type: ignore[arg-type]
    assert sent.status == 302, sent.text
    with database_role("engine"):
        kept = Document.objects.get(about="case", about_id=case.pk)

    seen = keeper.get(page)

    assert f"/customer/{numbers[0]}/kept/{kept.pk}/" in seen.html
    assert page in keeper.get(sent.location).html, "and the paper leads to its case"
    looked = steward.get(page).html
    assert f"/customer/{numbers[0]}/kept/{kept.pk}/" in looked
    assert add[0] not in looked, "who may only look adds nothing"
