"""Loading, export and scheduling."""
