"""Reads of batch."""
