"""What was written to the operation log since a mark."""

from security.models import OperationLog


def newest() -> int:
    """The mark: the newest row so far."""
    return OperationLog.objects.order_by("-id").values_list("id", flat=True).first() or 0


def operations_since(mark: int) -> set[str]:
    return set(OperationLog.objects.filter(id__gt=mark).values_list("action", flat=True))
