"""Whether customers still hold something with the bank, of whatever subject: its facet says which rows are live."""

from collections.abc import Sequence

from mdm.bulk.reading import read_rows
from mdm.history.models import Status
from mdm.subjects import registry


def holding(ids: Sequence[int]) -> bool:
    """Whether a row in force of one of these customers is live."""
    return any(
        facet.live(row)
        for facet in registry.facets()
        if facet.live is not None
        for row in read_rows(facet, ids, status=Status.ACTIVE)
    )
