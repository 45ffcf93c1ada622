"""Staff pages of the security floor: users, grants, roles, branches, the operation log."""

from security.admin import operations, organisations, own_security, roles, users

__all__ = ["operations", "organisations", "own_security", "roles", "users"]
