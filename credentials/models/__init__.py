"""Models of credentials."""

from credentials.models.credential import Credential
from credentials.models.integrity import IntegrityResult
from credentials.models.verification import CredentialVerification

__all__ = ["Credential", "CredentialVerification", "IntegrityResult"]
