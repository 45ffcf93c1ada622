"""Habits that hold for every file (design 1.12, 3 and 5): small, named for what it is about, finished, and proved."""

import ast
import re
import tomllib
from pathlib import Path

from tests.architecture.sources import ROOT, Source, product, proofs, sources

LINES, FILE_LINES = 40, 400
#: Names under which anything may be put.
NAMELESS = re.compile(r"(^|/)(utils?|helpers?|common|core|misc|shared|stuff)(\.py|/)")
#: Marks of what is not finished, in comments.
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
#: Ways round the proof, spelt in two parts so that this file holds none of them.
WAYS_ROUND = re.compile(
    r"pragma: no " + r"cover|mark\.(ski" + r"p|xfail)|pytest\.(ski" + r"p|xfail|importorskip)\("
)


def names(found: list[Source]) -> list[str]:
    return [source.path for source in found]


def test_no_file_is_longer_than_the_house_allows() -> None:
    long = {s.path: lines for s in product() if (lines := s.text.count("\n")) > FILE_LINES}

    assert long == {}


def test_no_function_is_longer_than_the_house_allows() -> None:
    long = [
        f"{source.path}:{node.lineno} {node.name}"
        for source in product()
        for node in source.functions
        if (node.end_lineno or 0) - node.lineno + 1 > LINES
    ]

    assert long == []


def test_a_module_is_named_for_what_it_is_about() -> None:
    assert [path for path in names(list(sources())) if NAMELESS.search(path)] == []


def test_nothing_is_left_unfinished() -> None:
    marks = [f"{s.path}:{line}" for s in sources() for line, text in s.comments if UNFINISHED.search(text)]
    stubs = [
        f"{source.path}:{node.lineno}"
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Raise) and node.exc and "NotImplementedError" in ast.unparse(node.exc)
    ]

    assert marks + stubs == []


def test_nothing_goes_round_the_proof() -> None:
    found = [source.path for source in sources() if WAYS_ROUND.search(source.text)]
    asleep = [source.path for source in proofs() if re.search(r"\bsleep\(", source.text)]

    assert found == []
    assert asleep == [], "a test that waits for a time is slow or lucky"


def test_every_module_and_public_class_and_function_says_what_it_is() -> None:
    bare = [source.path for source in product() if source.text.strip() and not ast.get_docstring(source.tree)]
    for source in product():
        for node in source.tree.body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if public and not ast.get_docstring(node) and "/commands/" not in source.path:  # type: ignore[arg-type]
                bare.append(f"{source.path}:{node.lineno}")

    assert bare == []


# -- tests that prove nothing -------------------------------------------------------------------------


def _proves(function: ast.FunctionDef | ast.AsyncFunctionDef, proving: set[str]) -> bool:
    """Whether a test asserts, expects a refusal, or calls something that does."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert | ast.Raise):
            return True
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in proving:
                return True
    return False


def test_no_test_is_without_an_assertion() -> None:
    proving = {"raises", "warns", "expect", "validate", "wait_for_url", "wait_for_selector"}
    functions = {
        node.name: node
        for source in proofs()
        for node in source.functions
        if not node.name.startswith("test_")
    }
    for _depth in range(3):
        proving |= {name for name, node in functions.items() if _proves(node, proving)}

    idle = [
        f"{source.path}:{node.lineno} {node.name}"
        for source in proofs()
        for node in source.functions
        if node.name.startswith("test_") and not _proves(node, proving)
    ]

    assert idle == []
    assert sum(node.name.startswith("test_") for source in proofs() for node in source.functions) > 1000


# -- the order of imports -----------------------------------------------------------------------------


def _contracts() -> dict[str, object]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: dict[str, object] = settings["tool"]["importlinter"]
    return found


def packages() -> set[str]:
    """The packages of the house: folders at the root that can be imported and are neither tests nor measuring."""
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    return found - {"tests", "benchmarks"}


def test_the_import_contract_lists_every_package() -> None:
    contracts = _contracts()

    assert set(contracts["root_packages"]) == packages()  # type: ignore[call-overload]
    told = [c for c in contracts["contracts"] if c["type"] == "layers"]  # type: ignore[index, union-attr]
    exhaustive = {name for contract in told if contract.get("exhaustive") for name in contract["containers"]}
    assert exhaustive == packages()


def test_the_packages_stand_in_the_order_of_the_design() -> None:
    order = next(c for c in _contracts()["contracts"] if c["id"] == "apps")["layers"]  # type: ignore[index, union-attr, attr-defined]
    layers = [{name.strip(" ()") for name in re.split(r"[|:]", layer)} for layer in order]

    def place(package: str) -> int:
        return next(
            at
            for at, names in enumerate(layers)
            if any(n == package or n.startswith(f"{package}.") for n in names)
        )

    assert place("batch") < place("consolidation") < place("credentials") < place("customers")
    assert place("credentials") == place("special_info")
    assert place("customers") < next(at for at, layer in enumerate(layers) if "mdm.bulk" in layer)
    assert next(at for at, layer in enumerate(layers) if "mdm.bulk" in layer) < next(
        at for at, layer in enumerate(layers) if "security.crypto" in layer
    )
    assert layers[-1] == {"mdm.errors", "mdm.conf"}


def test_every_package_says_what_it_is_for() -> None:
    empty = [
        str(path.relative_to(ROOT))
        for package in packages()
        for path in (ROOT / package).rglob("__init__.py")
        if not {"migrations", "management", "commands"} & set(path.parts)
        and not path.read_text(encoding="utf-8").strip()
    ]

    assert empty == []


def test_no_file_names_this_machine() -> None:
    home = str(Path.home())
    told = [
        source.path
        for source in sources()
        if str(ROOT) in source.text or (len(home) > 1 and f"{home}/" in source.text)
    ]

    assert told == []


# -- edges --------------------------------------------------------------------------------------------

#: Tables that an edge may read by itself, and where: none of them holds a word about a customer.
OWN_READS = {
    ("batch/admin/rejects.py", "RejectedRow"),
    ("mdm/backoffice/branches.py", "Organisation"),
    ("mdm/backoffice/preferences.py", "User"),
    ("mdm/rest/idempotency.py", "IdempotencyRecord"),
    ("security/admin/alarms.py", "AlertRule"),
    ("security/admin/emergency.py", "BreakGlass"),  # one's own
    ("security/api/grants.py", "Organisation"),
    ("security/api/grants.py", "Role"),
}


def test_edges_read_customers_through_selectors_only() -> None:
    """Security 1, last paragraph: every set of rows an edge shows comes from a scoped selector."""
    edges = [s for s in product() if re.search(r"/(api|admin)/|^mdm/(rest|backoffice)/", s.path)]
    managers = ("objects", "_default_manager", "_base_manager", "history")
    found = {
        (source.path, ast.unparse(node.value))
        for source in edges
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in managers and not isinstance(node.value, ast.Call)
    }

    assert found == OWN_READS
    assert len(edges) > 30


def test_no_edge_and_no_service_builds_a_query_from_a_callers_names() -> None:
    """`order_by(text)`, `annotate(**user)`, `extra` and raw SQL by `%` formatting are how back offices fall."""
    found = [
        f"{source.path}:{node.lineno}"
        for source in product()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if (node.func.attr in ("extra", "raw") and "objects" in ast.unparse(node.func))
        or (node.func.attr in ("annotate", "alias") and any(keyword.arg is None for keyword in node.keywords))
    ]

    assert found == []
