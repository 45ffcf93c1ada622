"""REST endpoints of credentials."""
