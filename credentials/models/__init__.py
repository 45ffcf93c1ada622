"""Models of credentials."""

from credentials.models.credential import Credential

__all__ = ["Credential"]
