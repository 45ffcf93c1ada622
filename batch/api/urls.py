"""Addresses of batch."""

from django.urls import path

from batch.api import batches, problems, runs  # noqa: F401 (problems registers itself)

_BATCH = "customer-batches/<row:batch_id>"
urlpatterns = [
    path("customers:batch-create", batches.BatchCreateView.as_view()),
    path("customer-batches", batches.BatchesView.as_view()),
    path("customer-batches:template", batches.BatchTemplateView.as_view()),
    path(_BATCH, batches.BatchView.as_view()),
    path(f"{_BATCH}/rows", batches.BatchRowsView.as_view()),
    path(f"{_BATCH}/rows/<row:number>", batches.BatchRowView.as_view()),
    path(f"{_BATCH}:apply", batches.BatchApplyView.as_view()),
    path(f"{_BATCH}:correct", batches.BatchCorrectView.as_view()),
    path(f"{_BATCH}:cancel", batches.BatchCancelView.as_view()),
    path("load-runs", runs.LoadRunsView.as_view()),
    path("load-runs/<row:run_id>", runs.LoadRunView.as_view()),
]
