"""All addresses: the staff site, the API, and what balancers ask."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from mdm.backoffice import login, single_sign_on, unsealing
from mdm.rest import health

urlpatterns = [
    path("api/", include("mdm.rest.urls")),
    path("healthz/live", health.live),
    path("healthz/ready", health.ready),
    path("metrics", health.metrics),
    path("unseal/", unsealing.unseal, name="unseal"),
    path("admin/", RedirectView.as_view(pattern_name="admin:index")),
    path("login/second/", login.second_step, name="mfa_authenticate"),
    path("login/passkey/", login.passkey_sign_in, name="passkey_sign_in"),
    path("login/<slug:provider_id>/", single_sign_on.leave, name="openid_connect_login"),
    path("login/<slug:provider_id>/callback/", single_sign_on.come_back, name="openid_connect_callback"),
    path("", admin.site.urls),
    path("login/", login.sign_in, name="account_login"),  # allauth's name of the page that is found above
]
handler400 = "mdm.backoffice.problems.bad_request"
handler403 = "mdm.backoffice.problems.forbidden"
handler404 = "mdm.backoffice.problems.not_found"
handler500 = "mdm.backoffice.problems.server_error"
