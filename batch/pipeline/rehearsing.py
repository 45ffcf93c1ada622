"""What a load would do, found without writing."""

from collections.abc import Sequence

from batch.pipeline.job import Counts
from batch.pipeline.preparing import Prepared
from mdm.bulk.apply import content_digests
from mdm.bulk.linking import find, source_digests
from mdm.bulk.models import SourceRecord


def foresee(prepared: Prepared, seen: dict[bytes, bytes]) -> Counts:
    """Counts as `apply_chunk` would give them; a row that differs at all counts as updated.

    `seen` maps the source keys of earlier rows of the file to what they told, and takes those of this chunk.
    """
    counts = Counts(rows=prepared.rows, rejected=len({reject.line for reject in prepared.rejects}))
    counts.issues = sum(len(found) for found in prepared.findings)
    keys = source_digests([(bundle.source_system, bundle.source_key) for bundle in prepared.bundles])
    known = _stored(keys) | seen
    for key, content in zip(keys, content_digests(prepared.bundles), strict=True):
        counts.created += key not in known
        counts.unchanged += known.get(key) == content
        counts.updated += key in known and known[key] != content
        known[key] = seen[key] = content
    return counts


def _stored(keys: Sequence[bytes]) -> dict[bytes, bytes]:
    """What the customers of these source keys were last told of."""
    owners = find(keys)
    rows = SourceRecord.objects.filter(customer_id__in=owners.values())
    told = dict(rows.values_list("customer_id", "content_digest"))
    return {key: bytes(told[customer]) for key, customer in owners.items()}
