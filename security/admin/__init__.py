"""Staff pages of the security floor: users, grants, roles, branches, alarms, the operation log, the self-check."""

from security.admin import (
    alarms,
    approvals,
    clients,
    delegations,
    emergency,
    integrity,
    keys,
    operations,
    organisations,
    own_security,
    policies,
    roles,
    self_check,
    sign_in,
    users,
)

__all__ = [
    "alarms",
    "approvals",
    "clients",
    "delegations",
    "emergency",
    "integrity",
    "keys",
    "operations",
    "organisations",
    "own_security",
    "policies",
    "roles",
    "self_check",
    "sign_in",
    "users",
]
