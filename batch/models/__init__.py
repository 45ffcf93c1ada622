"""Models of loading, export and scheduling."""

from batch.models.rejected_row import RejectedRow

__all__ = ["RejectedRow"]
