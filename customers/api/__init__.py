"""REST endpoints of customers."""
