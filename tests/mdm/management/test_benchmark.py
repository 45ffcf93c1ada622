"""`manage.py benchmark`: measures in an instance of its own, prints the keys of design 6, leaves nothing behind."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mdm.embedded import private_var, remove
from mdm.management.commands.benchmark import names
from mdm.management.reference.commands import RESULTS

ROOT = Path(__file__).parents[3]


@pytest.fixture
def var() -> Iterator[Path]:
    """A folder for the instance, gone afterwards."""
    folder = private_var("panorama-test-benchmark-")
    yield folder
    remove(folder)


def test_a_benchmark_prints_rates_and_ratios_and_cleans_up(var: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PANORAMA_")}
    done = subprocess.run(
        [sys.executable, "manage.py", "benchmark", "crypto", "--rows", "2000", "--json"],
        cwd=ROOT,
        env={**kept, "PANORAMA_VAR": str(var), "DJANGO_SETTINGS_MODULE": "mdm.settings"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert set(told) >= set(RESULTS["benchmark"].split(", "))
    assert told["ratio_floor"] == pytest.approx(told["ours"] / told["floor"], abs=0.01)
    assert list(var.glob("benchmark-*")) == []


def test_only_benchmarks_can_be_named() -> None:
    assert "crypto" in names()
    assert not {"measured", "__init__", "__main__"} & set(names())
