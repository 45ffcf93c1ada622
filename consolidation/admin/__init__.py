"""Staff pages of consolidation: duplicate cases."""

from consolidation.admin import cases

__all__ = ["cases"]
