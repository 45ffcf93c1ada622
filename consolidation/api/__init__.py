"""REST endpoints of consolidation."""
