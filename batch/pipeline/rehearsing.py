"""What a load would do, found without writing."""

from collections.abc import Sequence

from batch.pipeline.load import Counts
from batch.pipeline.preparing import Prepared
from mdm.bulk.apply import content_digests
from mdm.bulk.linking import find, source_digests
from mdm.bulk.models import SourceRecord
from mdm.subjects import Bundle


def foresee(prepared: Prepared) -> Counts:
    """Counts as `apply_chunk` would give them; a row that differs at all counts as updated."""
    counts = Counts(rows=prepared.rows, rejected=len({reject.line for reject in prepared.rejects}))
    keys = [(bundle.source_system, bundle.source_key) for bundle in prepared.bundles]
    owners = find(source_digests(keys))
    stored = _stored(list(owners.values()))
    counts.issues = sum(len(found) for found in prepared.findings)
    for known, same in _verdicts(prepared.bundles, owners, stored):
        counts.created += not known
        counts.unchanged += known and same
        counts.updated += known and not same
    return counts


def _stored(customer_ids: Sequence[int]) -> dict[tuple[str, str], bytes]:
    rows = SourceRecord.objects.filter(customer_id__in=customer_ids)
    return {(row.source_system, row.source_key): bytes(row.content_digest) for row in rows}


def _verdicts(
    bundles: Sequence[Bundle], owners: dict[bytes, int], stored: dict[tuple[str, str], bytes]
) -> list[tuple[bool, bool]]:
    """For each bundle: whether its key is known, and whether it tells the same as before."""
    keys = [(bundle.source_system, bundle.source_key) for bundle in bundles]
    return [
        (digest in owners, stored.get(key) == content)
        for key, digest, content in zip(keys, source_digests(keys), content_digests(bundles), strict=True)
    ]
