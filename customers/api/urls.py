"""Addresses of customers and of the facets of this app."""

from django.urls import path

from customers.api import (  # noqa: F401 (problems registers itself)
    access,
    as_of,
    between,
    certificates,
    customers,
    erasing,
    exporting,
    lifecycle,
    list_exports,
    notices,
    problems,
    reading,
    relations,
    saved_views,
)
from customers.api.documents import document_routes
from customers.api.rows import of_app, row_routes

_CUSTOMER = "customers/<number:number>"
urlpatterns = [
    path("customers", customers.CustomersView.as_view()),
    path("customers:transfer", lifecycle.TransferView.as_view()),
    path("customers:search", reading.SearchView.as_view()),
    path("customers:match-check", customers.MatchCheckView.as_view()),
    path(_CUSTOMER, customers.CustomerView.as_view()),
    *(path(f"{_CUSTOMER}:{name}", view.as_view()) for name, view in access.COMMANDS.items()),
    path(f"{_CUSTOMER}:set-status", lifecycle.StatusView.as_view()),
    path(f"{_CUSTOMER}:erase", erasing.EraseView.as_view()),
    path(f"{_CUSTOMER}/panorama", reading.PanoramaView.as_view()),
    path(f"{_CUSTOMER}/provenance", reading.ProvenanceView.as_view()),
    path(f"{_CUSTOMER}/as-of", as_of.AsOfView.as_view()),
    path(f"{_CUSTOMER}/differences", between.DifferencesView.as_view()),
    path(f"{_CUSTOMER}/history", reading.HistoryView.as_view()),
    path(f"{_CUSTOMER}/history-certificates", certificates.CertificatesView.as_view()),
    path(f"{_CUSTOMER}/history-certificates/<row:row_id>/content", certificates.ContentView.as_view()),
    path(f"{_CUSTOMER}/history-certificates/<row:row_id>:verify", certificates.VerifyView.as_view()),
    path(f"{_CUSTOMER}/related", relations.RelationsView.as_view()),
    path(f"{_CUSTOMER}/graph", relations.GraphView.as_view()),
    path(f"{_CUSTOMER}/beneficial-owners", relations.OwnersView.as_view()),
    path("changes", exporting.ChangesView.as_view()),
    path("customer-export-columns", list_exports.ListColumnsView.as_view()),
    path("customer-exports", list_exports.ListExportsView.as_view()),
    path("customer-exports/<row:run_id>", list_exports.ListExportView.as_view()),
    path("customer-exports/<row:run_id>/content", list_exports.ListExportContentView.as_view()),
    path("saved-views", saved_views.SavedViewsView.as_view()),
    path("saved-views/<row:row_id>", saved_views.SavedViewView.as_view()),
    path("saved-views/<row:row_id>:delete", saved_views.SavedViewDeleteView.as_view()),
    path("branch-subscriptions", notices.BranchSubscriptionsView.as_view()),
    path("branch-subscriptions/<row:row_id>:end", notices.BranchSubscriptionEndView.as_view()),
    path("subscriptions", notices.SubscriptionsView.as_view()),
    path("subscriptions/<row:row_id>:end", notices.SubscriptionEndView.as_view()),
    path("notifications", notices.NoticesView.as_view()),
    path("notifications:read", notices.NoticesReadView.as_view()),
    path("log-exports", exporting.ExportsView.as_view()),
    path("log-exports/<row:run_id>", exporting.ExportView.as_view()),
    path("log-exports/<row:run_id>/content", exporting.ExportContentView.as_view()),
    *row_routes(*of_app("customers")),
    *document_routes(),
]
