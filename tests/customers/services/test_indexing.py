"""Filling the index of search for attributes: in chunks, resumed where a worker died, the same when done twice."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from consolidation.services.merging import Grounds, merge
from customers.selectors.search import search
from customers.services import facets, indexing
from mdm import jobs
from mdm.bulk.models import LookupEntry
from mdm.dictionary.indexing import JOB, unfinished
from mdm.errors import Stale
from mdm.run_control import claim
from mdm.runs import JobRun, RunState
from mdm.subjects import registry
from security.access.actor import system_actor
from security.models import OperationLog
from tests.factories.attributes import defined
from tests.factories.customers import another, person, rows_of, stamp, store
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
CLUB = "12345678"


@pytest.fixture
def run(bank: None, monkeypatch: pytest.MonkeyPatch) -> JobRun:
    """The run after an attribute of three customers became searchable, in chunks of one."""
    defined("phone", "club_no", searchable=False)
    for pk in store([another(person(f"P-{n}"), source_key=f"P-{n}") for n in range(3)]).customer_ids:
        row = rows_of("phone", pk)[0]
        facets.change(everything(), "phone", row.pk, row.version, {"x_club_no": CLUB}, reason="told", at=NOW)
    defined("phone", "club_no", searchable=True)
    monkeypatch.setattr(indexing, "CHUNK", 1)
    return JobRun.objects.get(job=JOB)


def found() -> int:
    return len(search(everything(), CLUB, at=NOW).hits)


def test_a_worker_that_dies_leaves_the_rest_to_the_next(run: JobRun) -> None:
    facet, actor = registry.facet("phone"), system_actor("dictionary", ["customer.view"])
    with database_role("engine"):
        first = claim(run.pk)
        assert indexing._chunk(first, facet, actor)
    assert (found(), list(unfinished())) == (1, ["phone"])
    with database_role("engine"):
        JobRun.objects.filter(pk=run.pk).update(
            lease_until=timezone.now() - timedelta(seconds=1), worker="gone:1"
        )
        indexing.run_indexing(run.pk)
        with pytest.raises(Stale):
            indexing._chunk(first, facet, actor)
    run.refresh_from_db()
    assert (run.state, run.done, run.counts) == (RunState.SUCCEEDED, 3, {"customers": 3})
    assert (found(), unfinished()) == (3, {})


def test_done_twice_it_is_the_same(run: JobRun) -> None:
    with database_role("engine"):
        indexing.run_indexing(run.pk)
        entries = LookupEntry.objects.count()
        indexing.order(everything(), registry.facet("phone"), NOW)
        indexing.run_indexing(JobRun.objects.latest("pk").pk)
        assert LookupEntry.objects.count() == entries
    assert (found(), JobRun.objects.latest("pk").state) == (3, RunState.SUCCEEDED)


def test_a_run_that_failed_is_not_done(run: JobRun) -> None:
    JobRun.objects.filter(pk=run.pk).update(state=RunState.FAILED)
    with override("en"):
        readings = search(everything(), CLUB, at=NOW).interpretations
        (label,) = [str(one.label) for one in readings if one.kind == "attribute"]
    assert label == "Club number (being indexed: not every entry is found yet)"


def test_after_an_upgrade_everybody_is_found_by_what_search_has_learnt(
    bank: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Customers whom an earlier version entered have no entries of the kinds it did not know; a merged one neither."""
    one, other = (person(f"P-{n}") for n in range(2))
    for place, bundle in enumerate((one, other)):
        bundle.facets["agreement"][0]["agreement_no"] = f"D-2026-00000{place}"
    ids = store([one, other]).customer_ids
    newer = [registry.lookup(kind).number for kind in ("AGREEMENT", "TIN")]
    monkeypatch.setattr(indexing, "CHUNK", 1)
    with database_role("engine"):
        before = set(LookupEntry.objects.values_list("customer_id", "kind", "digest"))
        merge(everything(), [Grounds(tuple(ids), "A1", "test", 1.0)], stamp())
        LookupEntry.objects.filter(kind__in=newer).delete()

    def hits(term: str) -> int:
        return len(search(everything(), term, at=NOW).hits)

    terms = ("D-2026-000000", "D-2026-000001", "536904399")
    assert [hits(term) for term in terms] == [0, 0, 0]
    for _twice in range(2):
        with database_role("engine"):
            actor = system_actor("job", jobs.rights_of(indexing.EVERYBODY), channel="BATCH")
            done = jobs.run(indexing.EVERYBODY, actor, NOW.date(), NOW, {})
            after = LookupEntry.objects.values_list("customer_id", "kind", "digest")
            assert (done.state, done.counts, set(after)) == (RunState.SUCCEEDED, {"customers": 2}, before)
            assert len(after) == len(before)
        assert [hits(term) for term in terms] == [1, 1, 1]
    assert OperationLog.objects.filter(action="customer.indexed").count() == 2
