"""All addresses: the staff site, the API, and what balancers ask."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from mdm.rest import health

urlpatterns = [
    path("api/", include("mdm.rest.urls")),
    path("healthz/live", health.live),
    path("healthz/ready", health.ready),
    path("metrics", health.metrics),
    path("admin/", RedirectView.as_view(pattern_name="admin:index")),
    path("", admin.site.urls),
]
handler400 = "mdm.backoffice.problems.bad_request"
handler403 = "mdm.backoffice.problems.forbidden"
handler404 = "mdm.backoffice.problems.not_found"
handler500 = "mdm.backoffice.problems.server_error"
