"""What a benchmark answers: rates, so that more is better; a ratio is ours divided by the other."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Measured:
    """Rates of ours, of the peer and of the floor, in units a second.

    Args:
        rows: the size that was measured.
        more: what this benchmark tells besides.
    """

    rows: int
    ours: float
    peer: float
    floor: float
    more: dict[str, Any] = field(default_factory=dict)

    def told(self, name: str) -> dict[str, Any]:
        """The keys of design 6 and `more`."""
        return {
            "name": name,
            "rows": self.rows,
            "ours": round(self.ours, 1),
            "peer": round(self.peer, 1),
            "floor": round(self.floor, 1),
            "ratio_peer": round(self.ours / self.peer, 2),
            "ratio_floor": round(self.ours / self.floor, 2),
            **self.more,
        }
