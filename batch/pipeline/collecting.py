"""Python's cyclic garbage collector while millions of rows pass: they hold no cycles, and it looks at all of them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: New objects before a look at the young ones (Python's own: 700): some chunks.
YOUNG = 2_000_000


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Collect seldom, and leave aside what was there before; a tenth of a load's time otherwise."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
