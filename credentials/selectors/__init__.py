"""Reading credentials: scoped and masked."""
