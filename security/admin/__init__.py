"""Staff pages of the security floor: users, grants, roles, branches, the operation log."""

from security.admin import operations, organisations, roles, users

__all__ = ["operations", "organisations", "roles", "users"]
