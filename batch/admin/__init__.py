"""Staff pages of batch: runs with live progress, loading a file, what a run rejected, batches of new customers."""

from batch.admin import batches, home, loading, rejects, runs

__all__ = ["batches", "home", "loading", "rejects", "runs"]
