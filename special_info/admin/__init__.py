"""Staff pages about special information."""

from special_info.admin import facets

__all__ = ["facets"]
