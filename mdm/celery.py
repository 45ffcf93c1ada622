"""The worker application: connects as the engine role, finds each app's `tasks` module."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.settings")
os.environ.setdefault("PANORAMA_DB_ROLE", "engine")

from celery import Celery

app = Celery("panorama")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
