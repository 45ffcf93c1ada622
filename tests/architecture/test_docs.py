"""The documentation is true: generated pages are current; links, paths, commands and options in it exist."""

import re
from functools import cache
from importlib import import_module
from itertools import chain
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.core.management import get_commands, load_command_class
from django.utils import translation

from mdm.backoffice.messages import catalogue
from mdm.conf import BASE_DIR
from mdm.management.commands.messages import paths
from mdm.management.reference import PAGES
from mdm.management.reference.commands import RESULTS, names
from mdm.subjects import registry

GENERATED = {BASE_DIR / "docs" / "reference" / name for name in PAGES}
TOP = sorted(path for path in BASE_DIR.glob("*.md"))
DOCS = [
    *TOP,
    *sorted(chain.from_iterable(BASE_DIR.glob(f"{top}/**/*.md") for top in ("docs", "deploy", "batch"))),
]
WRITTEN = [path for path in DOCS if path not in GENERATED]
HOWTOS = [path for path in WRITTEN if path.parent.name == "howto" and path.name != "README.md"]
ADRS = [path for path in WRITTEN if path.parent.name == "adr" and path.name != "README.md"]

_FENCE = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HOUSE = r"(?:mdm|security|customers|credentials|special_info|consolidation|batch)"
_PATH = re.compile(rf"`((?:{_HOUSE}|tests|templates|docs|deploy|locale|benchmarks|\.ci)(?:/[\w.*-]+)+)`")
_DOTTED = re.compile(rf"`({_HOUSE}(?:\.[a-zA-Z_]\w*)+)(?<!\.csv)(?<!\.ctl)`")
_MAKE = re.compile(r"(?:`|^ {4,})make((?: [a-z][a-z-]*)+)", re.MULTILINE)
_MANAGE = re.compile(r"manage\.py ([a-z_]+)((?: +(?:\\\n *)?[^\s`]+)*)")
_OPTION = re.compile(r"(?<!\S)(--[a-z-]+)")


def named(path: Path) -> str:
    return path.relative_to(BASE_DIR).as_posix()


def prose(path: Path) -> str:
    """The text without fenced examples, whose files the reader writes."""
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_current(name: str) -> None:
    with translation.override(None):
        assert (BASE_DIR / "docs/reference" / name).read_text(encoding="utf-8") == PAGES[name](), (
            "run `make reference`"
        )


@pytest.mark.parametrize("path", DOCS, ids=named)
def test_links_lead_somewhere(path: Path) -> None:
    for target in _LINK.findall(prose(path)):
        if not target.startswith(("https://", "mailto:")):
            file, _hash, place = unquote(target).partition("#")
            found = (path.parent / file).resolve() if file else path
            assert found.exists(), target
            assert not place or place in anchors(found), target


@cache
def anchors(path: Path) -> frozenset[str]:
    """The places inside a page that a link may name."""
    heads = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads)


@pytest.mark.parametrize("path", WRITTEN, ids=named)
def test_paths_and_names_exist(path: Path) -> None:
    text = prose(path)
    missing = [file for file in _PATH.findall(text) if not any(BASE_DIR.glob(file.rstrip("/")))]
    assert missing == []
    assert [name for name in _DOTTED.findall(text) if not exists(name)] == []


def exists(dotted: str) -> bool:
    """Whether a dotted name is a module, or something inside one."""
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        for part in parts[cut:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


@cache
def targets() -> frozenset[str]:
    makefile = (BASE_DIR / "Makefile").read_text()
    return frozenset(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


@pytest.mark.parametrize("path", DOCS, ids=named)
def test_make_targets_exist(path: Path) -> None:
    told = {target for found in _MAKE.findall(path.read_text(encoding="utf-8")) for target in found.split()}
    assert told - targets() == set()


@pytest.mark.parametrize("path", DOCS, ids=named)
def test_management_commands_and_options_exist(path: Path) -> None:
    for command, rest in _MANAGE.findall(prose(path)):
        assert command in get_commands(), command
        assert set(_OPTION.findall(rest)) - options(command) == set(), command


@cache
def options(command: str) -> frozenset[str]:
    """The options that a command takes."""
    app = get_commands()[command]
    found = load_command_class(app, command) if isinstance(app, str) else app
    actions = found.create_parser("manage.py", command)._actions
    return frozenset(chain.from_iterable(action.option_strings for action in actions))


def test_commands_that_print_results_say_which() -> None:
    assert set(RESULTS) <= set(names())
    serving = {"demo", "prepare_demo", "reference", "messages", "screenshots"}
    assert set(names()) - set(RESULTS) <= serving


@pytest.mark.parametrize("path", HOWTOS, ids=named)
def test_a_howto_is_listed_and_tells_how_to_test(path: Path) -> None:
    assert f"({path.name})" in (path.parent / "README.md").read_text(encoding="utf-8")
    if path.name != "call-the-api.md":
        assert "**Test.**" in path.read_text(encoding="utf-8")


def test_decisions_are_numbered_complete_and_listed() -> None:
    index = (BASE_DIR / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    assert [int(path.name[:4]) for path in ADRS] == list(range(1, len(ADRS) + 1))
    for number, path in enumerate(ADRS, 1):
        text = path.read_text(encoding="utf-8")
        title = text.splitlines()[0].removeprefix(f"# {number}. ")
        assert f"{number}. [{title}]({path.name})" in index
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]


def test_both_readmes_tell_the_same() -> None:
    """The same parts, commands, pictures and links, in both languages."""
    english, chinese = (BASE_DIR / name for name in ("README.md", "README.zh-CN.md"))
    assert len(re.findall(r"^## ", english.read_text(), re.MULTILINE)) == len(
        re.findall(r"^## ", chinese.read_text(), re.MULTILINE)
    )
    ours = {"README.md", "README.zh-CN.md"}
    assert set(_LINK.findall(prose(english))) - ours == set(_LINK.findall(prose(chinese))) - ours
    assert _MANAGE.findall(prose(english)) == _MANAGE.findall(prose(chinese))
    figures = re.compile(r"\b\d\.\d{3}\b|\b\d+,\d{3}\b")
    assert figures.findall(prose(english))
    assert sorted(set(figures.findall(prose(english)))) == sorted(set(figures.findall(prose(chinese))))


def glossary() -> list[list[str]]:
    text = (BASE_DIR / "docs" / "reference" / "glossary.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"
    ]
    return [row for row in rows if len(row) == 4 and row[0] not in ("中文", "---")]


def test_terms_of_the_glossary_are_those_of_the_catalogue() -> None:
    told: dict[str, set[str]] = {}
    for message, translated in catalogue.read(paths(BASE_DIR)[0]).items():
        told.setdefault(message.text.casefold(), set()).add(translated)
    terms = [(row[0], told[term]) for row in glossary() for term in row[1].split(", ") if term in told]
    assert len(terms) > 30
    assert [(ours, theirs) for ours, theirs in terms if ours not in theirs] == []


def test_terms_of_the_glossary_are_used_in_the_code() -> None:
    code = "\n".join(source.read_text(encoding="utf-8") for source in sources() if source.suffix == ".py")
    used = [row[3].strip("`") for row in glossary() if row[3]]
    assert len(used) > 40
    assert [term for term in used if not re.search(rf"\b{re.escape(term)}\b", code)] == []


#: Folders that git leaves out, or that hold what others made.
_LEFT_OUT = {".venv", "var", ".git", "__pycache__", "node_modules", "staticfiles"}
_TEXT = {
    ".py",
    ".md",
    ".txt",
    ".toml",
    ".html",
    ".css",
    ".js",
    ".po",
    ".sql",
    ".conf",
    ".service",
    ".json",
    ".svg",
    "",
}


@cache
def sources() -> tuple[Path, ...]:
    """Every text file of the repository."""
    found = []
    for top in BASE_DIR.iterdir():
        if top.name in _LEFT_OUT or top.name.endswith("_cache") or top.name == ".hypothesis":
            continue
        files = [top] if top.is_file() else [path for path in top.rglob("*") if path.is_file()]
        found += [
            path
            for path in files
            if path.suffix in _TEXT and not _LEFT_OUT & set(path.relative_to(BASE_DIR).parts)
        ]
    return tuple(found)


#: Places of one machine, and registries of packages by address; spelt so that this file does not match itself.
_FOREIGN = re.compile(
    "|".join(
        (
            r"(?<![\w.])/" + "work/(?:main|shared)",
            r"(?<![\w.])/" + r"(?:root|home/\w+|Users/\w+)/",
            r"https?://[\w.-]*(?:" + r"pypi|nexus|artifactory|registry|mirror)[\w.-]*",
            r"(?:index|extra-index)-url\s*[=:]" + r"\s*\S",
        )
    )
)


def test_no_file_names_a_machine_or_a_registry() -> None:
    assert len(sources()) > 400
    found = {
        named(path): match[0]
        for path in sources()
        if (match := _FOREIGN.search(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_the_data_model_names_every_subject_and_facet() -> None:
    page = (BASE_DIR / "docs/architecture/data-model.md").read_text()
    rows = re.findall(r"^\| (\d) \| (\w+) \| (.+) \|$", page, re.MULTILINE)
    written = {(int(number), name): re.findall(r"`(\w+)`", facets) for number, name, facets in rows}
    assert written == {(s.number, s.name): [facet.name for facet in s.facets] for s in registry.subjects}
