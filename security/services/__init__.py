"""Writes of the security floor."""
