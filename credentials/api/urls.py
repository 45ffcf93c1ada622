"""Addresses of credentials."""

from customers.api.rows import row_routes

urlpatterns = row_routes("credential")
