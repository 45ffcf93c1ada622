"""Matching, merging and taking merges back: one function a use case."""
