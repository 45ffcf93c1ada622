"""Which lines tell of a key that comes more than once."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.formats.admission import admit
from batch.layouts.febrl import FEBRL
from batch.layouts.layout import Layout
from batch.pipeline import repeats
from batch.pipeline.repeats import repeated_lines

KEYS = st.lists(st.sampled_from([f"k{n}" for n in range(8)] + ["", "银行", "a b"]), min_size=1, max_size=40)
HEADER = ",".join(FEBRL.names)
QUOTED = replace(FEBRL, profile=replace(FEBRL.profile, quoting=True))


def _found(lines: list[str], header: str = HEADER, layout: Layout = FEBRL) -> set[int]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "f.csv"
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return set(repeated_lines(admit(path, layout.profile, layout.names), layout))


@given(KEYS, st.integers(1, 7))
def test_exactly_the_lines_of_a_key_that_comes_again(keys: list[str], in_a_class: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repeats, "CLASS", in_a_class)
        found = _found([key + "," * (len(FEBRL.names) - 1) for key in keys])

    times = Counter(keys)
    assert found == {line for line, key in enumerate(keys, 2) if times[key] > 1}


def test_what_the_parser_finds_equal_is_equal_here() -> None:
    rest = "," * (len(FEBRL.names) - 1)
    assert _found(["a" + rest, '"a"' + rest, " a " + rest, "b" + rest], layout=QUOTED) == {2, 3, 4}


def test_a_key_in_the_middle_of_the_line_is_found_behind_a_quoted_separator() -> None:
    first, *others = FEBRL.names
    header = ",".join([*others[:1], first, *others[1:]])
    rest = "," * (len(FEBRL.names) - 2)

    found = _found(['"a,b",K1' + rest, "c,K1" + rest, "K1,K2" + rest, '"K2,",K3' + rest], header, QUOTED)

    assert found == {2, 3}
