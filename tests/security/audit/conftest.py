"""Imports inside: this file is read before Django is set up."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from security.audit.checkpoints import CheckpointStore
    from security.audit.sealing import Sealer


@pytest.fixture
def store(objects: dict[str, str]) -> "CheckpointStore":
    """A bucket of checkpoints of its own, in the real object storage."""
    from security.audit.checkpoints import CheckpointStore
    from tests.security.audit.logs import new_bucket

    return CheckpointStore(new_bucket())


@pytest.fixture
def sealer(store: "CheckpointStore") -> "Sealer":
    from security.audit.sealing import Sealer

    return Sealer(store)
