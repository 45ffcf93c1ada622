"""Models of the security floor."""

from security.models.ceremony import KeyCeremony
from security.models.duties import BreakGlass, BreakGlassState, DutyPair
from security.models.exceptions import GroupException, UserException
from security.models.keys import DataKey, DomainKey, RootKey
from security.models.operation_log import OperationLog
from security.models.organisation import Organisation
from security.models.reveal import Alert, AlertRule, Reveal
from security.models.user import ApiClient, Grant, GrantScope, Role, User

__all__ = [
    "Alert",
    "AlertRule",
    "ApiClient",
    "BreakGlass",
    "BreakGlassState",
    "DataKey",
    "DomainKey",
    "DutyPair",
    "Grant",
    "GrantScope",
    "GroupException",
    "KeyCeremony",
    "OperationLog",
    "Organisation",
    "Reveal",
    "Role",
    "RootKey",
    "User",
    "UserException",
]
