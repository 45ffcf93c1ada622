"""Addresses of consolidation."""

from django.urls import path

from consolidation.api import deciding, problems  # noqa: F401 (problems registers itself)
from consolidation.api.cases import CasesView

_CASE = "review-cases/<row:case_id>"
urlpatterns = [
    path("review-cases", CasesView.as_view()),
    path(_CASE, deciding.CaseView.as_view()),
    path(f"{_CASE}:decide", deciding.CaseDecideView.as_view()),
    path("merges/<row:merge_id>:undo", deciding.MergeUndoView.as_view()),
]
