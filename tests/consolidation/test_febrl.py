"""FEBRL 3 from end to end: 5,000 records of 2,000 persons, loaded, consolidated, exported and scored."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from batch.services.loading import load_file, loader
from consolidation.accuracy import accuracy, labels_in_keys, read_labels
from consolidation.models import Merge, ReviewCase
from consolidation.selectors.consistency import check
from consolidation.services.links import export_links
from consolidation.services.matching import consolidate
from customers.models import Customer
from mdm.bulk.models import SourceRecord
from tests.factories.customers import DAY, bank
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role

FEBRL = Path(__file__).resolve().parents[2] / "batch" / "data" / "febrl3.csv"
PERSON = r"^rec-(\d+)-"


@pytest.fixture
def engine(db: None, objects: dict[str, str]) -> Iterator[None]:
    with database_role("engine"):
        bank()
        yield


@pytest.mark.usefixtures("engine")
def test_the_persons_of_febrl_are_found_with_few_errors(tmp_path: Path) -> None:
    began = monotonic()
    loaded = load_file(loader(), FEBRL, "febrl", at=NOW)
    done = consolidate(everything("desk"), business_date=DAY, full=True, at=NOW)
    rows = export_links(everything("desk"), tmp_path / "links.csv", at=NOW)
    found = read_labels(tmp_path / "links.csv", "customer_no")
    scored = accuracy(found, labels_in_keys(found, PERSON))
    seconds = monotonic() - began

    assert (loaded.counts.rows, loaded.counts.created, loaded.counts.rejected) == (5000, 5000, 0)
    assert (rows, len(found), scored.records, done.records) == (5000, 5000, 5000, 5000)
    assert SourceRecord.objects.count() == Customer.objects.count() == 5000
    assert scored.pairs_true == 6538
    assert scored.precision >= 0.99, scored
    assert scored.recall >= 0.90, scored
    assert seconds < 120, "about ten seconds where nothing else runs"
    assert check(everything("desk"))[1] == []

    merges, cases = Merge.objects.count(), ReviewCase.objects.count()
    assert merges == done.merged == 5000 - Customer.objects.filter(golden=None).count()
    again = consolidate(everything("desk"), business_date=DAY, full=True, at=NOW)
    assert (again.merged, Merge.objects.count(), ReviewCase.objects.count()) == (0, merges, cases)
    delta = consolidate(everything("desk"), business_date=DAY, full=False, at=NOW)
    assert (delta.merged, Merge.objects.count(), ReviewCase.objects.count()) == (0, merges, cases)
