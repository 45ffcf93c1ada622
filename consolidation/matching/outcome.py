"""What matching decides: merges, pairs to review, and the policy it decided by."""

from __future__ import annotations

from dataclasses import dataclass, field

from .blocking import Blocks
from .policy import Policy


@dataclass(frozen=True, slots=True)
class Link:
    """Why two records belong together: rule, probability and log2 odds."""

    left: int
    right: int
    rule: str
    score: float
    odds: float


@dataclass(frozen=True, slots=True)
class Merge:
    """Records (ids, ascending) that are one customer; the links that newly joined them, strongest first."""

    members: tuple[int, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A pair that a person should look at, or what one record found online. `veto` forbids merging.

    `evidence` identifies the pattern of agreement; a NEVER_MATCH holds as long as it stays the same.
    """

    left: int
    right: int
    class_: str  # A1, A2 or B; A1 only online and without a veto
    rule: str
    score: float
    odds: float
    veto: str
    evidence: int


@dataclass(slots=True)
class Outcome:
    """What a run decided. `policy` carries the weights used and the generic values found, for later runs."""

    merges: list[Merge]
    reviews: list[Match]
    policy: Policy
    counts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)  # CPU seconds per step
    blocking: Blocks | None = None
