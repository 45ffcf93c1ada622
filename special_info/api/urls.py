"""Addresses of special information."""

from customers.api.rows import of_app, row_routes
from special_info.api import agency, investor, problems, tax, worklists  # noqa: F401 (problems registers itself)

urlpatterns = [
    *tax.urlpatterns,
    *investor.urlpatterns,
    *agency.urlpatterns,
    *worklists.urlpatterns,
    *row_routes(*of_app("special_info")),
]
