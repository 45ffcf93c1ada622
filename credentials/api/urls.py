"""Addresses of credentials."""

from django.urls import path

from credentials.api import documents, integrity, problems, radar  # noqa: F401 (problems registers itself)
from customers.api.rows import row_routes

_DOCUMENT = "customers/<number:number>/credentials/<row:row_id>"
urlpatterns = [
    path("credentials/radar", radar.RadarView.as_view()),
    path("credentials/due", radar.DueView.as_view()),
    path("integrity-checks", integrity.IntegrityChecksView.as_view()),
    path("customers/<number:number>/integrity", integrity.CustomerIntegrityView.as_view()),
    path(f"{_DOCUMENT}:verify", documents.VerifyDocumentView.as_view()),
    path(f"{_DOCUMENT}:replace", documents.ReplaceDocumentView.as_view()),
    *(path(f"{_DOCUMENT}:{name}", view.as_view()) for name, view in documents.STEPS.items()),
    *row_routes("credential", "credential_verification"),
]
