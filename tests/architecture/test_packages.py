"""Every package of the house is known to every tool, so that none can be left out of a rule unseen."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TOOLS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
HOUSE = {folder.parent.name for folder in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
CONTRACTS: dict[str, Any] = {one["id"]: one for one in TOOLS["importlinter"]["contracts"]}


def listed(contract: str) -> set[str]:
    """The modules that a contract names."""
    names = [name for layer in CONTRACTS[contract]["layers"] for name in re.split(r"[|:]", layer)]
    return {name.strip(" ()") for name in names}


def modules(package: str) -> set[str]:
    """The direct children of a package that Python can import."""
    folder = ROOT / package
    files = {file.stem for file in folder.glob("*.py")}
    return (files | {child.parent.name for child in folder.glob("*/__init__.py")}) - {"__init__"}


def test_house_has_the_packages_of_the_design() -> None:
    wanted = {"security", "mdm", "customers", "credentials", "special_info", "consolidation", "batch"}
    assert wanted == HOUSE


def test_every_tool_looks_at_every_package() -> None:
    assert set(TOOLS["importlinter"]["root_packages"]) == HOUSE
    assert set(TOOLS["mypy"]["files"]) >= HOUSE | {"tests", "manage.py"}
    assert set(TOOLS["coverage"]["run"]["source"]) == HOUSE
    makefile = (ROOT / "Makefile").read_text()
    assert set(re.findall(r"^HOUSE := (.+)$", makefile, re.M)[0].split()) == HOUSE


@pytest.mark.parametrize("package", ["mdm", "security"])
def test_order_of_the_apps_places_each_module_of_kernel_and_floor(package: str) -> None:
    placed = {name.partition(".")[2] for name in listed("apps") if name.partition(".")[0] == package}
    assert placed >= modules(package)


def test_each_package_has_an_exhaustive_contract_for_its_inside() -> None:
    inside = [one for one in CONTRACTS.values() if one.get("exhaustive")]
    assert {name for one in inside for name in one["containers"]} == HOUSE
    assert not [one["id"] for one in inside if one.get("exhaustive_ignores")]


@pytest.mark.parametrize("package", sorted(HOUSE))
def test_no_package_is_called_for_what_fits_nowhere(package: str) -> None:
    homeless = {"utils", "util", "helpers", "helper", "common", "core", "misc", "lib"}
    found = [
        file for file in (ROOT / package).rglob("*") if file.stem in homeless and file.suffix in ("", ".py")
    ]
    assert not found
