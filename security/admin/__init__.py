"""Staff pages of the security floor: users, grants, roles, branches, the operation log."""

from security.admin import approvals, operations, organisations, own_security, roles, sign_in, users

__all__ = ["approvals", "operations", "organisations", "own_security", "roles", "sign_in", "users"]
