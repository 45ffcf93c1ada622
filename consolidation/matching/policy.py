"""The matching policy: all that decides an outcome, in one versioned object stored with each run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from .weights import ORGANISATION_WEIGHTS, PERSON_WEIGHTS, Weights

BirthVeto = Literal["any", "proven"]


@dataclass(frozen=True, slots=True)
class Policy:
    """Thresholds are probabilities that a pair is one customer; the rest bounds what is done alone."""

    version: str = "1"
    auto: float = 0.9995  # T0: M14 merges persons from here on (domain 2.4)
    strong: float = 0.99  # T1: review with high priority
    possible: float = 0.90  # T2: review
    auto_persons: bool = True  # whether M14 may merge persons at all
    guarded: bool = True  # whether M14 needs evidence of several kinds beside its score
    birth_veto: BirthVeto = "proven"  # "any": also dates that no document proves forbid an automatic merge
    max_group: int = 10  # members of one customer that automatic merges may reach
    generic_limit: int = 20  # a phone, e-mail, number or address held by more records proves nothing
    max_run: int = 50  # records that share a blocking key
    learn: bool = True  # whether a full run learns its weights from the records
    outgrown_share: float = 0.1  # from this share of changed records on, learned weights are out of date
    margin: float = 10.0  # bits by which one of two rival owners of a record must lead
    persons: Weights = field(default=PERSON_WEIGHTS)
    organisations: Weights = field(default=ORGANISATION_WEIGHTS)
    generic: Mapping[str, Sequence[int]] = field(default_factory=dict)  # found by the last full run

    def outgrown(self, changed: int, records: int) -> bool:
        """Whether so many records changed that a full run, which learns anew, should replace a delta."""
        return changed >= self.outgrown_share * records

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists and numbers."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Policy:
        """The policy that `to_json` wrote."""
        weights = {
            name: Weights.from_json(data[name]) for name in ("persons", "organisations") if name in data
        }
        return cls(**{**data, **weights})
