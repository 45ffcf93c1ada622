"""What a steward took apart stays apart, whoever the evidence was about."""

from consolidation.models import Merge, NeverMatch
from consolidation.services.merging import unmerge
from tests.consolidation.matching.building import CITIZEN
from tests.consolidation.services.acting import LATER, golden, joined, run, told
from tests.factories.customers import store
from tests.factories.security import everything


def take_apart(merged: int) -> Merge:
    found = Merge.objects.get(other_id=merged, undone_at=None)
    return unmerge(everything("steward"), found.pk, reason="two people", at=LATER)


def parted() -> set[tuple[int, int]]:
    return set(NeverMatch.objects.values_list("customer_id", "other_id"))


def test_everyone_of_one_side_is_declared_different_from_everyone_of_the_other() -> None:
    ids = store([told(f"A-{n}") for n in range(4)]).customer_ids
    joined((ids[0], ids[1]))
    joined((ids[2], ids[3]))
    joined((ids[1], ids[3]))
    take_apart(ids[2])
    assert parted() == {(one, other) for one in ids[:2] for other in ids[2:]}
    assert [golden(pk) for pk in ids] == [ids[0], ids[0], ids[2], ids[2]]


def test_the_pair_that_the_evidence_linked_is_not_joined_again_by_the_next_run() -> None:
    """The survivor was a third record, which the link of the others does not name and which left too."""
    first = told("A-1", "欧阳知远")
    linked = [told("A-2", "司马青云", CITIZEN), told("A-3", "司马青云", CITIZEN)]
    ids = store([first, *linked]).customer_ids
    joined((ids[0], ids[1]))
    joined((ids[1], ids[2]))
    take_apart(ids[2])
    take_apart(ids[1])
    for full in (True, False):
        run(full=full)
        assert golden(ids[2]) == ids[2]


def test_taking_a_merge_back_twice_refreshes_the_decision() -> None:
    ids = store([told("A-1"), told("A-2")]).customer_ids
    joined((ids[0], ids[1]))
    take_apart(ids[1])
    NeverMatch.objects.update(expires_at=LATER)
    joined((ids[0], ids[1]))
    take_apart(ids[1])
    assert parted() == {(ids[0], ids[1])}
    assert NeverMatch.objects.get().expires_at is None
