"""The credentials app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CredentialsConfig(AppConfig):
    """Registers what the kernel walks."""

    name = "credentials"
    verbose_name = _("Credentials")
