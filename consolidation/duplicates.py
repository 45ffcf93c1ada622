"""The real-time side of matching: who may be the one at hand (`customers.ports.DuplicateFinder`)."""

from collections.abc import Sequence

import numpy as np

from consolidation.matching.blocking import candidate_keys
from consolidation.matching.engine import match_one, run_delta
from consolidation.records import TOKEN_KIND, signatures_of
from consolidation.selectors.policies import current_policy
from consolidation.selectors.signatures import neighbours, never_matches, sharing, signatures_of_customers
from customers.ports import Suspect
from mdm.subjects import Bundle
from security.crypto.blind_index import in_use


class SignatureFinder:
    """Finds suspects by comparing signatures of those that share a candidate key in the lookup index."""

    def find(self, bundle: Bundle) -> list[Suspect]:
        """Customers that may be the one the bundle tells of, most likely first."""
        version = in_use(TOKEN_KIND)
        own = signatures_of([0], [bundle], version)
        keys = [key.to_bytes(8, "big") for key in candidate_keys(own)[0]]
        candidates = signatures_of_customers(sharing(keys), version) if keys else own[:0]
        if not len(candidates):
            return []
        found = match_one(own, candidates, current_policy())
        return [Suspect(match.left or match.right, match.rule, match.class_, match.score) for match in found]

    def count(self, customer_ids: Sequence[int]) -> int:
        """How many of these new customers have at least one suspect."""
        if not customer_ids:
            return 0
        rows = signatures_of_customers(neighbours(customer_ids))
        outcome = run_delta(rows, np.array(customer_ids, dtype=np.int64), current_policy(), never_matches())
        suspected = {member for merge in outcome.merges for member in merge.members}
        suspected |= {end for review in outcome.reviews for end in (review.left, review.right)}
        return len(suspected & set(customer_ids))
