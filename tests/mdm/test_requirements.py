"""Every package that is installed for the product is pinned, with what it needs in turn."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CORE = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line and line[0] != "#"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]


def pins(lines: list[str]) -> dict[str, str]:
    """Canonical name to version of `name==version` lines; any other line is refused."""
    found = [re.fullmatch(r"([\w.-]+)==([\w.]+)(?: +#.*)?", line) for line in lines]
    assert all(found), [line for line, match in zip(lines, found, strict=True) if not match]
    return {canonicalize_name(match[1]): match[2] for match in found if match}


def test_each_core_package_says_why_it_is_there() -> None:
    assert not [line for line in CORE if "#" not in line]


@pytest.mark.parametrize("extra", sorted(EXTRAS))
def test_extras_never_pin_what_the_core_pins_otherwise(extra: str) -> None:
    core, own = pins(CORE), pins(EXTRAS[extra])
    assert not {name for name in core.keys() & own.keys() if core[name] != own[name]}


def test_installed_versions_are_the_pinned_ones() -> None:
    wanted = pins([*CORE, *EXTRAS["embedded"], *EXTRAS["dev"]])
    assert {name: version(name) for name in wanted} == wanted


def test_nothing_is_needed_that_is_not_pinned() -> None:
    pinned = pins([*CORE, *EXTRAS["embedded"], *EXTRAS["dev"]])
    needed = {name for package in pinned for name in plain_needs(package)}
    assert needed <= pinned.keys()


def plain_needs(package: str) -> set[str]:
    """What a package needs here when no extra of it is asked for."""
    wanted = [Requirement(text) for text in requires(package) or ()]
    here = (one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""}))
    return {canonicalize_name(one.name) for one in here if installed(one.name)}


def installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
