"""Settings that are wrong are named before anything starts."""

from pathlib import Path

import pytest

from mdm.checks import problems
from mdm.conf import Conf


def settings(**environ: str) -> Conf:
    return Conf({f"PANORAMA_{name}": value for name, value in environ.items()}, Path("/nonexistent"))


def test_a_fresh_checkout_needs_no_variable() -> None:
    assert problems(settings()) == []


@pytest.mark.parametrize(
    ("environ", "number"),
    [
        ({"ENV": "staging"}, "mdm.E001"),
        ({"DB_ROLE": "root"}, "mdm.E002"),
        ({"ENV": "production", "ALLOWED_HOSTS": "bank.example"}, "mdm.E003"),
        ({"ENV": "production", "ALLOWED_HOSTS": "bank.example", "SECRET_KEY": "short"}, "mdm.E003"),
        ({"ENV": "production", "SECRET_KEY": "x" * 50}, "mdm.E004"),
    ],
)
def test_what_is_wrong_is_named(environ: dict[str, str], number: str) -> None:
    assert [problem.id for problem in problems(settings(**environ))] == [number]


def test_production_with_everything_set_is_fine() -> None:
    assert problems(settings(ENV="production", SECRET_KEY="x" * 50, ALLOWED_HOSTS="bank.example")) == []
