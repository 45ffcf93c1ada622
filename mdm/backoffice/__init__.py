"""Admin plumbing."""
