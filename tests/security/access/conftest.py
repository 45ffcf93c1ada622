"""A bank with one customer at each branch."""

from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Population:
    """The customer of each branch, by the branch's code."""

    ids: dict[str, int]

    def codes(self, ids: "list[int] | set[int]") -> set[str]:
        """The branches of customers."""
        return {code for code, pk in self.ids.items() if pk in ids}


@pytest.fixture
def population(db: None) -> Population:
    """Customers at head office 1000, at 1100, 1110, 1111, and at 1200, 1210."""
    from tests.factories.customers import bank, person, store

    bank()
    codes = ("1000", "1100", "1110", "1111", "1200", "1210")
    bundles = [person(f"K{code}") for code in codes]
    for code, bundle in zip(codes, bundles, strict=True):
        bundle.facets["customer"][0]["org"] = code
    return Population(dict(zip(codes, store(bundles).customer_ids, strict=True)))
