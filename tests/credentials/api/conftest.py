"""The callers and the person of the customer endpoints."""

from tests.customers.api.conftest import api, elsewhere, number, person

__all__ = ["api", "elsewhere", "number", "person"]
