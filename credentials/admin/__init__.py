"""Staff pages about credentials."""

from credentials.admin import credential, documents, radar

__all__ = ["credential", "documents", "radar"]
