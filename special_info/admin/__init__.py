"""Staff pages about special information."""

from special_info.admin import board, declaring, facets, pages

__all__ = ["board", "declaring", "facets", "pages"]
