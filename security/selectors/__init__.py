"""Reading what the floor holds: accounts, grants, roles, branches, the operation log."""
