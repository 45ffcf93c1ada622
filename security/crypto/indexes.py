"""Where digests are stored: who holds an index says how it is counted, filled under a new key, and cleared.

Ciphertexts name their key, digests do not; so the app that stores them registers a holder for its purposes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from security.crypto.coverage import Coverage
from security.models.keys import DataKey

#: Told how many values were written since it was last told.
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class IndexHolder:
    """One index: `counted` gives values by key, `fill` writes what is missing under the version of that number
    beside what is there (resumable; says how many), `clear` removes what is under that version."""

    purpose: str
    counted: Callable[[], list[Coverage]]
    fill: Callable[[int, Progress], int]
    clear: Callable[[int], int]


_holders: dict[str, IndexHolder] = {}


def coverage_of(purpose: str, table: str, column: str, counts: Mapping[int, int]) -> list[Coverage]:
    """Values of an index by key, from their numbers by version of the key."""
    ids = dict(DataKey.objects.filter(purpose=purpose).values_list("version", "pk"))
    return [Coverage(purpose, table, column, ids[version], number) for version, number in counts.items()]


def register_holder(holder: IndexHolder) -> None:
    """Names the holder of a purpose (`AppConfig.ready`)."""
    _holders[holder.purpose] = holder


def holder_of(purpose: str) -> IndexHolder | None:
    """Who stores the digests of a purpose; None where nothing is known of them."""
    return _holders.get(purpose)


def index_coverage(purpose: str = "") -> list[Coverage]:
    """How many digests of one purpose, or of all, are under which key."""
    chosen = [holder for name, holder in _holders.items() if purpose in ("", name)]
    return sorted(entry for holder in chosen for entry in holder.counted())
