"""The security app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SecurityConfig(AppConfig):
    """Keys, sign-in, rights and audit."""

    name = "security"
    verbose_name = _("Security")

    def ready(self) -> None:
        from security import (
            checks,  # noqa: F401 (registers the start-up checks)
            probes,
        )
        from security.audit import models  # noqa: F401 (a model that has a sealed column)
        from security.authentication import holdings
        from security.services import (
            branch_moves,
            client_requests,
            granting,
            policy_changes,
            recovery,
            role_changes,
            staff_numbers,
        )

        for app in (
            granting,
            role_changes,
            branch_moves,
            staff_numbers,
            recovery,
            client_requests,
            policy_changes,
        ):
            app.register_operations()
        holdings.register_own()
        probes.enter()
