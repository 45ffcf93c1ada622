"""Addresses of the security floor."""

from django.urls import path

from security.api import problems, views  # noqa: F401 (problems registers itself)

_CLIENT = "api-clients/<slug:client_id>"
urlpatterns = [
    path("me", views.MeView.as_view()),
    path("api-clients", views.ClientsView.as_view()),
    path(f"{_CLIENT}:rotate-secret", views.ClientSecretView.as_view()),
    path(f"{_CLIENT}:switch-off", views.ClientSwitchOffView.as_view()),
]
