"""Reading what matching needs and what it decided."""
