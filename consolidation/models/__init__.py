"""Models of matching and merging."""

from consolidation.models.decision import Merge, NeverMatch, ReviewCase
from consolidation.models.signature import Signature

__all__ = ["Merge", "NeverMatch", "ReviewCase", "Signature"]
