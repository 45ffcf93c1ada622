"""Addresses of consolidation."""

from django.urls import path

from consolidation.api.cases import CasesView

urlpatterns = [path("review-cases", CasesView.as_view())]
