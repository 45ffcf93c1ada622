"""Background work of this app, gathered where Celery looks for it; each task lives with its service."""

from batch.services.batches import forget_batches
from batch.services.creating import run_batch
from batch.services.loading import run_load
from batch.services.relay import relay_runs, run_consolidation
from customers.services.erasing import run_erasure
from customers.services.exporting import run_export

__all__ = [
    "forget_batches",
    "relay_runs",
    "run_batch",
    "run_consolidation",
    "run_erasure",
    "run_export",
    "run_load",
]
