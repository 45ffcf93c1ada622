"""The object store, one part of an object at a time."""

from typing import Any

from boto3.s3.transfer import TransferConfig
from storages.backends.s3 import S3Storage


class OneByOneStorage(S3Storage):  # type: ignore[misc]  # it has no types
    """Sends an object by one thread, in parts of 8 MiB.

    boto's ten threads hold as many parts, so that memory would grow with the object up to 100 MiB, and sent 400 MB no
    faster.
    """

    def get_default_settings(self) -> dict[str, Any]:
        """The settings where `STORAGES` names no others."""
        return {**super().get_default_settings(), "transfer_config": TransferConfig(use_threads=False)}
