"""All addresses: the staff site, the API, and what balancers ask."""

from django.urls import include, path

from mdm.rest import health

urlpatterns = [
    path("api/", include("mdm.rest.urls")),
    path("healthz/live", health.live),
    path("healthz/ready", health.ready),
    path("metrics", health.metrics),
]
