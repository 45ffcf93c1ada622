"""The demonstration's own customers lie on a disk only while they are loaded, for nobody else to read."""

import stat
from pathlib import Path

import pytest

from batch.demo import story


def test_the_generated_file_is_ours_alone_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "CUSTOMERS", 20)

    with story._generated() as path:
        modes = {made.name: stat.S_IMODE(made.stat().st_mode) for made in path.parent.iterdir()}
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert set(modes) == {"customers.csv", "customers.ctl", "truth.csv"}
        assert set(modes.values()) == {0o600}

    assert not Path(path).parent.exists()
