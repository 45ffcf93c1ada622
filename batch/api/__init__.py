"""REST endpoints of batch."""
