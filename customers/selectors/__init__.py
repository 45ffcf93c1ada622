"""Reading customers: scoped, masked, logged."""
