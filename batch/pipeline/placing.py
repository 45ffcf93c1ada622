"""Which branch a row of a file belongs to, and whether who ordered the load may write there."""

from collections.abc import Sequence

from batch.pipeline.job import Reach
from customers.models.derived import organisations
from mdm.bulk.linking import find, source_digests
from mdm.subjects import Bundle

#: The code of a row that names, or would change, a customer out of reach of who ordered the load. Protected ones
#: have no code of their own: it would tell who is protected.
FOREIGN = "access.branch"


def keep_unknown_branches(bundles: Sequence[Bundle]) -> None:
    """A branch code that the tree does not know is kept as received; head office stands in its place."""
    known = organisations().by_code
    for bundle in bundles:
        customer = bundle.first("customer")
        code = customer.get("org")
        if code and code not in known:
            customer["org"] = None
            customer["raw_values"] = {**customer.get("raw_values", {}), "org": code}


def foreign(bundles: Sequence[Bundle], reach: Reach) -> set[int]:
    """The positions of bundles that do not lie wholly within reach of who ordered the load."""
    if not reach.bounded:
        return set()
    return _elsewhere(bundles, reach.orgs) | _theirs(bundles, reach)


def _elsewhere(bundles: Sequence[Bundle], orgs: frozenset[int] | None) -> set[int]:
    """The positions of bundles that name a branch which is not one of `orgs`, nor below one."""
    if orgs is None:
        return set()
    branches = organisations()
    told = [branches.by_row(bundle.first("customer"))[1] for bundle in bundles]
    return {at for at, path in enumerate(told) if not orgs & set(path)}


def _theirs(bundles: Sequence[Bundle], reach: Reach) -> set[int]:
    """The positions of bundles whose source key names a customer elsewhere, or a protected one."""
    digests = source_digests([(bundle.source_system, bundle.source_key) for bundle in bundles])
    owners = find(digests)
    inside = set(reach.customers().filter(pk__in=owners.values()).values_list("pk", flat=True))
    return {at for at, digest in enumerate(digests) if digest in owners and owners[digest] not in inside}
