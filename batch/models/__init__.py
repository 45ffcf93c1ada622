"""Models of loading, batches of customers, export and scheduling."""

from batch.models.customer_batch import BatchRow, CustomerBatch, Mode, Outcome
from batch.models.rejected_row import RejectedRow

__all__ = ["BatchRow", "CustomerBatch", "Mode", "Outcome", "RejectedRow"]
