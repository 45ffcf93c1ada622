"""Staff pages of consolidation: the queue of duplicate cases, compare and merge, merges taken back."""

from consolidation.admin import cases, deciding

__all__ = ["cases", "deciding"]
