"""Addresses of special information."""

from customers.api.rows import of_app, row_routes
from special_info.api import problems  # noqa: F401 (registers itself)

urlpatterns = [*row_routes(*of_app("special_info"))]
