"""Models of the security floor."""

from security.models.audit_seal import AuditSeal, AuditVerification
from security.models.ceremony import KeyCeremony
from security.models.client_proof import AccessToken, ClientKey, ClientNonce
from security.models.duties import BreakGlass, BreakGlassState, DutyPair
from security.models.exceptions import GroupException, UserException
from security.models.keys import DataKey, DomainKey, RootKey
from security.models.operation_log import OperationLog
from security.models.organisation import Organisation
from security.models.reveal import Alert, AlertRule, Reveal
from security.models.sign_in import FormerPassword, GuessCounter, Session, SignInState
from security.models.user import ApiClient, Grant, GrantScope, Role, User

__all__ = [
    "AccessToken",
    "Alert",
    "AlertRule",
    "ApiClient",
    "AuditSeal",
    "AuditVerification",
    "BreakGlass",
    "BreakGlassState",
    "ClientKey",
    "ClientNonce",
    "DataKey",
    "DomainKey",
    "DutyPair",
    "FormerPassword",
    "Grant",
    "GrantScope",
    "GroupException",
    "GuessCounter",
    "KeyCeremony",
    "OperationLog",
    "Organisation",
    "Reveal",
    "Role",
    "RootKey",
    "Session",
    "SignInState",
    "User",
    "UserException",
]
