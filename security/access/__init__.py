"""Who may do what, where: actors, roles, scope."""
