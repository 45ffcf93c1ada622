"""Staff pages about credentials."""

from credentials.admin import credential, documents, integrity, radar

__all__ = ["credential", "documents", "integrity", "radar"]
