"""Models of the security floor."""

from security.models.exceptions import GroupException, UserException
from security.models.keys import DataKey, DomainKey
from security.models.operation_log import OperationLog
from security.models.organisation import Organisation
from security.models.user import ApiClient, Grant, Role, User

__all__ = [
    "ApiClient",
    "DataKey",
    "DomainKey",
    "Grant",
    "GroupException",
    "OperationLog",
    "Organisation",
    "Role",
    "User",
    "UserException",
]
