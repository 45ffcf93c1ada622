"""How a reader sees one customer: how much the masks leave of a value, and which fields are not shown at all."""

import re
from collections.abc import Iterable
from functools import lru_cache

#: The mask profiles (`security.crypto.masking`), the one that leaves most first.
FROM_LENIENT = ("standard", "surname", "strict")
#: A field or a whole facet: `phone.number`, `phone.*`.
PATTERN = re.compile(r"[a-z][a-z0-9_]{0,59}\.(?:\*|[a-z][a-z0-9_]{0,59})")


class Sight(str):
    """A mask profile, and the fields (patterns `facet.field` or `facet.*`) that are hidden altogether.

    A text, so that it is a mask profile wherever one is asked for, and two that differ in what they hide
    are two keys of a cache. Taken as a plain profile while it hides something it is an unknown one, which
    masks strictly.
    """

    __slots__ = ("hidden", "profile")
    profile: str
    hidden: frozenset[str]

    def __new__(cls, profile: str = "strict", hidden: frozenset[str] = frozenset()) -> "Sight":
        """The sight of a profile that hides these fields."""
        told = super().__new__(cls, " -".join([profile, *sorted(hidden)]))
        told.profile, told.hidden = profile, hidden
        return told

    def hides(self, facet: str, field: str) -> bool:
        """Whether a field is not shown, not even masked."""
        return matches(self.hidden, facet, field)


#: How a customer is shown of whom nothing is known that would allow more.
NOTHING = Sight("strict")


def sight_of(told: str) -> Sight:
    """A sight as it is; a mask profile alone hides nothing."""
    return told if isinstance(told, Sight) else Sight(told)


def matches(patterns: frozenset[str], facet: str, field: str) -> bool:
    """Whether a field is named by patterns, alone or with its whole facet."""
    return bool(patterns) and (f"{facet}.{field}" in patterns or f"{facet}.*" in patterns)


def strictest(profiles: Iterable[str]) -> str:
    """The profile that leaves least: `strict` before `surname` before `standard`; strict for none at all."""
    told = set(profiles)
    if not told or not told <= set(FROM_LENIENT) or "strict" in told:
        return "strict"
    return "surname" if "surname" in told else "standard"


@lru_cache(maxsize=1024)
def facet_name(model_name: str) -> str:
    """A model's name as facets are called: `CustomerName` is `customer_name`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", model_name).lower()
