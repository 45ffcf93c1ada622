"""Addresses of batch."""

from django.urls import path

from batch.api import problems, runs  # noqa: F401 (problems registers itself)

urlpatterns = [
    path("load-runs", runs.LoadRunsView.as_view()),
    path("load-runs/<row:run_id>", runs.LoadRunView.as_view()),
]
