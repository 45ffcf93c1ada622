"""Imported once by the server that loaders are forked off: the product, ready and without a connection."""

import django

django.setup()

from batch.services import loading, relay  # noqa: E402 (models, which want Django set up)
from mdm.celery import app  # noqa: E402

__all__ = ["app", "loading", "relay"]
