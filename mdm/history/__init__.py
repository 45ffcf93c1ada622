"""Rows that keep their past: the base of every subject's tables, writing them, reading them back."""
