"""Addresses of the security floor."""

from django.urls import path

from security.api import audit, client_keys, grants, keys, oauth, problems, requests, views  # noqa: F401 (problems registers itself)

_CLIENT = "api-clients/<slug:client_id>"
_REQUEST = "change-requests/<row:request_id>"
urlpatterns = [
    path("keys", keys.KeysView.as_view()),
    path("me", views.MeView.as_view()),
    path("roles", grants.RolesView.as_view()),
    path("grants", grants.GrantsView.as_view()),
    path("grants/<row:grant_id>:end", grants.GrantEndView.as_view()),
    path("alerts", grants.AlertsView.as_view()),
    path("alerts/<row:alert_id>:close", grants.AlertCloseView.as_view()),
    path("api-clients", views.ClientsView.as_view()),
    path(f"{_CLIENT}:rotate-secret", views.ClientSecretView.as_view()),
    path(f"{_CLIENT}:switch-off", views.ClientSwitchOffView.as_view()),
    path(f"{_CLIENT}:collect-secret", views.ClientCollectView.as_view()),
    path(f"{_CLIENT}:limit", client_keys.ClientLimitView.as_view()),
    path(f"{_CLIENT}/keys", client_keys.ClientKeysView.as_view()),
    path(f"{_CLIENT}/keys/<str:key_id>:revoke", client_keys.ClientKeyRevokeView.as_view()),
    path("oauth/token", oauth.token),
    path("operations", audit.OperationsView.as_view()),
    path("audit-integrity", audit.IntegrityView.as_view()),
    path("audit-integrity:verify", audit.VerifyView.as_view()),
    path("change-requests", requests.RequestsView.as_view()),
    path(_REQUEST, requests.RequestView.as_view()),
    *(path(f"{_REQUEST}:{name}", view.as_view()) for name, view in requests.COMMANDS.items()),
]
