"""A merge is made on what is true when it is written, not on what was true when it was read."""

import pytest
from django.utils import timezone

from consolidation.models import Merge, NeverMatch
from consolidation.models.signature import moment_of_reading
from consolidation.services import matching
from consolidation.services.merging import Grounds, merge
from mdm.bulk.apply import apply
from tests.consolidation.matching.building import OTHER_CITIZEN
from tests.consolidation.services.acting import LATER, another_person, golden, joined, run, told
from tests.factories.customers import stamp, store
from tests.factories.security import everything


def never(one: int, other: int) -> None:
    pair = {"customer_id": min(one, other), "other_id": max(one, other)}
    NeverMatch.objects.create(**pair, rule="M03", policy="1", score=1.0, decided_at=timezone.now())


def test_a_record_loaded_anew_while_the_run_merges_is_not_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run merges group after group; after the first, a record of the second becomes somebody else."""
    monkeypatch.setattr(matching, "CHUNK", 1)
    one = [told("A-1"), told("A-2")]
    two = [told(key, "诸葛明月", OTHER_CITIZEN) for key in ("B-1", "B-2")]
    ids = store([*one, *two]).customer_ids

    def reload(done: int, _total: int) -> None:
        if done == 1:
            apply([another_person("B-2")], stamp(at=LATER))

    done = run(full=True, tell=reload)

    assert done.merged == 1
    assert [golden(pk) for pk in ids] == [ids[0], ids[0], ids[2], ids[3]]
    assert run().merged == 0, "nor by the next run, which sees the record as it is now"


def test_what_is_left_is_compared_again_by_the_next_run() -> None:
    ids = store([told("A-1"), told("A-2"), told("A-3")]).customer_ids
    read_at = moment_of_reading()
    apply([another_person("A-3")], stamp(at=LATER))
    grounds = [Grounds(tuple(ids), "M03", "1", 1.0)]

    assert merge(everything("desk"), grounds, stamp(at=LATER), read_at=read_at) == []
    run(full=True)
    assert [golden(pk) for pk in ids] == [ids[0], ids[0], ids[2]]


def test_the_rest_of_a_group_that_was_left_is_merged_by_a_delta(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one of three changed; the delta must look at the pair of the other two all the same."""
    monkeypatch.setattr(matching, "CHUNK", 1)
    one = [told("A-1"), told("A-2")]
    two = [told(key, "诸葛明月", OTHER_CITIZEN) for key in ("B-1", "B-2", "B-3")]
    ids = store([*one, *two]).customer_ids

    def reload(done: int, _total: int) -> None:
        if done == 1:
            apply([another_person("B-3")], stamp(at=LATER))

    run(full=True, tell=reload)
    assert golden(ids[3]) == ids[3]
    assert run().merged == 1
    assert [golden(pk) for pk in ids[2:]] == [ids[2], ids[2], ids[4]]


def test_what_a_steward_parted_is_not_merged() -> None:
    ids = store([told("A-1"), told("A-2")]).customer_ids
    never(*ids)
    assert joined((ids[0], ids[1])) == []
    assert golden(ids[1]) == ids[1]
    assert not Merge.objects.exists()


def test_nor_through_a_member_of_either() -> None:
    ids = store([told(f"A-{n}") for n in range(4)]).customer_ids
    joined((ids[0], ids[1]), (ids[2], ids[3]))
    never(ids[1], ids[3])
    assert joined((ids[0], ids[2])) == []
    assert golden(ids[2]) == ids[2]


def test_nor_through_a_third_in_the_same_call() -> None:
    ids = store([told(f"A-{n}") for n in range(3)]).customer_ids
    never(ids[0], ids[2])
    assert len(joined((ids[0], ids[1]), (ids[1], ids[2]))) == 1
    assert golden(ids[2]) == ids[2]


def test_a_decision_that_has_expired_forbids_nothing() -> None:
    ids = store([told("A-1"), told("A-2")]).customer_ids
    never(*ids)
    NeverMatch.objects.update(expires_at=timezone.now())
    assert len(joined((ids[0], ids[1]))) == 1
