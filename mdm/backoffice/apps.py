"""Django's admin, with our site in place of its own."""

from django.contrib.admin.apps import AdminConfig


class BackofficeConfig(AdminConfig):
    """Finds every app's `admin` package and registers it with `PanoramaSite`."""

    default_site = "mdm.backoffice.site.PanoramaSite"
