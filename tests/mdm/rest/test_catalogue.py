"""Every code that the product can refuse with is in the catalogue, with the status of its class."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import get_resolver

from mdm.conf import BASE_DIR
from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound, ServiceError, Stale, Unavailable
from mdm.rest.catalogue import problem_type, problem_types
from mdm.rest.problems import STATUS

KINDS: dict[str, type[ServiceError]] = {
    kind.__name__: kind for kind in (Invalid, NotAllowed, NotFound, Duplicate, Stale, Unavailable)
}
#: Parts of the product that no request of the API reaches: the staff site, commands, start-up.
ELSEWHERE = {"admin", "backoffice", "management", "embedded", "demo"}
#: Refusals of services that the API does not offer.
NOT_OFFERED = (
    "auth.step_up",
    "draft.",
    "factor.",
    "lock.",
    "password.",
    "session.",
    "grant.",
    "job.",
    "key.rotation",
    "links.",
    "merge.",
    "rejects.",
    "row.together",
    "user.",
)


def sources() -> Iterator[Path]:
    for app in settings.HOUSE_APPS:
        yield from (BASE_DIR / app).rglob("*.py")


def raised() -> Iterator[tuple[str, str, str]]:
    """(code, class, place) of every refusal made with a literal code."""
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                code = node.args[0]
                named = node.func.id in {*KINDS, "Refusal"}
                if named and isinstance(code, ast.Constant) and isinstance(code.value, str):
                    yield code.value, node.func.id, f"{path.relative_to(BASE_DIR)}:{node.lineno}"


def by_rest() -> Iterator[tuple[str, str, str]]:
    """What a request of the API can meet."""
    return (
        (code, kind, place)
        for code, kind, place in raised()
        if not code.startswith(NOT_OFFERED) and ELSEWHERE.isdisjoint(Path(place).parts)
    )


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    """Each app registers its types with its addresses."""
    assert get_resolver().url_patterns


def test_every_code_of_the_sources_is_explained() -> None:
    missing = sorted({f"{code} ({place})" for code, _kind, place in by_rest() if problem_type(code) is None})
    assert missing == []


def test_a_code_has_the_status_of_the_class_that_raises_it() -> None:
    for code, kind, place in raised():
        known = problem_type(code)
        if kind in KINDS and known is not None:
            assert known.status == STATUS[KINDS[kind]], f"{code} ({place})"


def test_every_type_has_a_title_and_a_remedy() -> None:
    for entry in problem_types():
        assert str(entry.title)
        assert str(entry.remedy)
        assert entry.uri == f"/api/problems/{entry.code}"
