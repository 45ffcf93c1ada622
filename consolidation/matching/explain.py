"""Why a pair got its score: one line of evidence per field, without a value, the same from both sides.

The bits of all lines add up to the log2 odds of the match. A person who may see the two customers' values
looks at them beside the levels; the explanation itself can be stored and logged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .comparison import FIELDS, LEVELS, compare
from .generic import without_generic
from .policy import Policy
from .records import PERSON
from .signature import Signatures
from .weights import MATCH, STRANGER, Sides, class_scores, name_frequency, odds_of

PRIOR, COMMON_NAME, HOUSEHOLD = "prior", "common_name", "household"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line: what was compared, how well it agrees, what that proves in bits (negative: against)."""

    field: str  # one of comparison.FIELDS, or PRIOR, COMMON_NAME, HOUSEHOLD
    level: str
    bits: float


def explain(left: Signatures, right: Signatures, policy: Policy) -> list[Evidence]:
    """Evidence of one pair, each side an array of one signature.

    Beside the nine fields there is the prior (two records taken at random are hardly ever one customer), the
    correction for common or rare names, and the correction for what relatives in one household share anyway.
    """
    weights = policy.persons if left["party"][0] == PERSON else policy.organisations
    rows = without_generic(np.concatenate((left, right)), policy.generic)
    levels = compare(rows[:1], rows[1:]).levels
    sides = Sides(rows, np.array([0]), np.array([1]))
    plain, adjusted = class_scores(levels, weights), name_frequency(levels, sides, weights)
    lines = [Evidence(PRIOR, "", float(weights.priors[MATCH] - weights.priors[STRANGER]))]
    for column, (name, level) in enumerate(zip(FIELDS, levels[0].tolist(), strict=True)):
        bits = weights.logs[MATCH, column, level] - weights.logs[STRANGER, column, level]
        lines.append(Evidence(name, LEVELS[name][level], float(bits)))
    common = float(adjusted[0, MATCH] - adjusted[0, STRANGER])
    total = float(odds_of(plain + adjusted)[0])
    household = total - common - float(plain[0, MATCH] - plain[0, STRANGER])
    return [*lines, Evidence(COMMON_NAME, "", common), Evidence(HOUSEHOLD, "", household)]
