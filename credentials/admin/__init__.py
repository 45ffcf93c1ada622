"""Staff pages about credentials."""

from credentials.admin import credential

__all__ = ["credential"]
