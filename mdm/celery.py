"""The worker application: connects as the engine role, finds each app's `tasks` module."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.settings")
os.environ.setdefault("PANORAMA_DB_ROLE", "engine")

from mdm.tasks import app

app.autodiscover_tasks()

__all__ = ["app"]
