"""Which rows of a file come too late: their source has told of them for a later business date already."""

from collections.abc import Sequence
from datetime import date

from mdm.bulk.linking import find, source_digests
from mdm.bulk.models import SourceRecord
from mdm.subjects import Bundle

#: The code of a row that would put an older state over a newer one.
STALE = "row.stale"


def late(bundles: Sequence[Bundle], business_date: date) -> set[int]:
    """The positions of bundles that a file of a later business date has told of."""
    digests = source_digests([(bundle.source_system, bundle.source_key) for bundle in bundles])
    owners = find(digests)
    newer = SourceRecord.objects.filter(customer_id__in=owners.values(), business_date__gt=business_date)
    told = set(newer.values_list("customer_id", flat=True))
    return {at for at, digest in enumerate(digests) if owners.get(digest) in told} if told else set()
