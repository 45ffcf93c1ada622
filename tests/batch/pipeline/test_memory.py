"""A load holds a chunk, not the file."""

import gc
import tracemalloc
from pathlib import Path

import pytest

from batch.pipeline import load
from batch.services.loading import load_file, loader
from batch.synthetic.generator import Recipe, generate
from tests.factories.customers import DAY
from tests.factories.customers import bank as lay_bank
from tests.factories.security import NOW
from tests.support.database_roles import database_role

SHORT, LONG = 500, 2_000
#: Bytes that each row may leave behind in caches of texts already read (names, words, numbers: bounded, all of them,
#: but not full yet at so few rows): some 3,500; a row's bundle alone, prepared and sealed, takes some 15,000.
A_ROW = 6_000


def _peak(rows: int, seed: int, folder: Path) -> int:
    """The most bytes that Python held while a file of so many rows was loaded."""
    made = generate(Recipe(rows=rows, seed=seed, as_of=DAY), folder)
    # Python puts off collecting the oldest garbage until it is a quarter of everything that lives: what other tests
    # left behind in this process must not decide how much of a load's garbage waits.
    gc.collect()
    gc.freeze()
    tracemalloc.start()
    try:
        load_file(loader(), made.file, "core_customer", business_date=DAY, at=NOW, workers=1)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.unfreeze()


@pytest.mark.usefixtures("db", "objects")
def test_memory_does_not_grow_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "CHUNK", SHORT // 2)
    with database_role("engine"):
        lay_bank()
        short = _peak(SHORT, 5, tmp_path / "short")
        long = _peak(LONG, 6, tmp_path / "long")

    assert long - short < (LONG - SHORT) * A_ROW, (short, long)
