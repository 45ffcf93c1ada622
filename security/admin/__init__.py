"""Staff pages of the security floor: users, grants, roles, branches, the operation log."""

from security.admin import (
    alarms,
    approvals,
    delegations,
    emergency,
    operations,
    organisations,
    own_security,
    roles,
    sign_in,
    users,
)

__all__ = [
    "alarms",
    "approvals",
    "delegations",
    "emergency",
    "operations",
    "organisations",
    "own_security",
    "roles",
    "sign_in",
    "users",
]
