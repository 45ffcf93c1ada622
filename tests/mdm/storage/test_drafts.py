"""Drafts: sealed, their owner's alone, saved part by part, gone after a day without use."""

from datetime import timedelta

import pytest

from mdm.errors import NotFound
from mdm.storage import drafts
from mdm.storage.models import Draft
from security.access.actor import Actor, staff_actor
from tests.factories.security import NOW, branch, member_of_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def teller() -> Actor:
    return staff_actor(member_of_staff("teller", "teller", org=branch("1100")), NOW)


def test_parts_saved_in_two_windows_stand_side_by_side(teller: Actor) -> None:
    draft = drafts.begin(teller, "work", {"who": {"name": "欧阳知远"}}, at=NOW)
    for part in ("one", "other"):
        drafts.save(teller, draft, part, {"part": part}, at=NOW)
    found = drafts.one(teller, "work", draft.token, at=NOW)
    assert drafts.content_of(found) == {
        "who": {"name": "欧阳知远"},
        "one": {"part": "one"},
        "other": {"part": "other"},
    }
    assert "欧阳知远" not in str(found.content)


def test_a_draft_lives_a_day_from_when_it_was_last_saved(teller: Actor) -> None:
    draft = drafts.begin(teller, "work", {"a": 1}, at=NOW)
    drafts.save(teller, draft, "b", 2, at=NOW + timedelta(hours=20))
    later = NOW + timedelta(hours=30)
    assert [one.pk for one in drafts.mine(teller, "work", at=later)] == [draft.pk]
    with pytest.raises(NotFound, match=r"draft\.unknown"):
        drafts.one(teller, "work", draft.token, at=NOW + timedelta(hours=44))
    drafts.begin(teller, "work", {}, at=NOW + timedelta(hours=44))
    assert not Draft.objects.filter(pk=draft.pk).exists(), "the next draft sweeps"


def test_what_was_handed_in_keeps_nothing_that_was_typed(teller: Actor) -> None:
    draft = drafts.begin(teller, "work", {"a": 1}, at=NOW)
    drafts.hand_in(draft, "C1")
    found = drafts.one(teller, "work", draft.token, at=NOW)
    assert (drafts.content_of(found), found.result) == ({}, "C1")
    assert drafts.mine(teller, "work", at=NOW) == []
    with pytest.raises(drafts.HandedIn, match=r"draft\.handed_in"):
        drafts.save(teller, draft, "b", 2, at=NOW)
    assert drafts.content_of(drafts.one(teller, "work", draft.token, at=NOW)) == {}


def test_a_draft_of_another_kind_or_owner_is_not_there(teller: Actor) -> None:
    draft = drafts.begin(teller, "work", {"a": 1}, at=NOW)
    other = staff_actor(member_of_staff("other", "teller", org=branch("1100")), NOW)
    for actor, kind in ((other, "work"), (teller, "play")):
        with pytest.raises(NotFound, match=r"draft\.unknown"):
            drafts.one(actor, kind, draft.token, at=NOW)
