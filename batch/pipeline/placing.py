"""Which branch a row of a file belongs to, and whether who ordered the load may write there."""

from collections.abc import Sequence

from customers.models import Customer
from customers.models.derived import organisations
from mdm.bulk.linking import find, source_digests
from mdm.subjects import Bundle

#: The code of a row that names, or would change, a customer outside the branches of who ordered the load.
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


def foreign(bundles: Sequence[Bundle], orgs: frozenset[int] | None) -> set[int]:
    """The positions of bundles that do not lie wholly inside the branches `orgs` (None: everywhere)."""
    if orgs is None:
        return set()
    branches = organisations()
    told = [branches.by_row(bundle.first("customer"))[1] for bundle in bundles]
    return {at for at, path in enumerate(told) if not orgs & set(path)} | _theirs(bundles, orgs)


def _theirs(bundles: Sequence[Bundle], orgs: frozenset[int]) -> set[int]:
    """The positions of bundles whose source key names a customer elsewhere."""
    digests = source_digests([(bundle.source_system, bundle.source_key) for bundle in bundles])
    owners = find(digests)
    ours = Customer.objects.filter(pk__in=owners.values(), org_path__overlap=sorted(orgs))
    inside = set(ours.values_list("pk", flat=True))
    return {at for at, digest in enumerate(digests) if digest in owners and owners[digest] not in inside}
