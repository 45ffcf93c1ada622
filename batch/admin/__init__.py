"""Staff pages of batch: runs with live progress, loading a file, what a run rejected."""

from batch.admin import home, loading, rejects, runs

__all__ = ["home", "loading", "rejects", "runs"]
