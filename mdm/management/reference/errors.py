"""`errors.md`: every code that a caller of the API can meet, and what refuses a file or a row of it."""

from batch.formats.errors import TEXTS
from mdm.console import FAILED, LOCKED, OK, PARTIAL, REFUSED, USAGE
from mdm.management.reference.markdown import chinese, code, english, table, whole
from mdm.rest import urls
from mdm.rest.catalogue import problem_types

_LEAD = """\
Programs decide by the code, people read the text. Over REST a refusal is `application/problem+json` (RFC
9457), on a screen it stands beside its field or is a page, a command prints it and ends with an exit
code."""
EXIT_CODES = {
    OK: "done",
    FAILED: "failed, or refused by a rule",
    USAGE: "wrong arguments",
    PARTIAL: "done, with rejected rows",
    LOCKED: "somebody else works on the same run",
    REFUSED: "not allowed: a right is missing, services belong to a running demo, a key is wrong",
}


def page() -> str:
    """Problem types, codes of files, exit codes."""
    return whole("Errors", _LEAD, _problems(), _files(), _exits())


def _problems() -> str:
    assert urls.version_1  # noqa: S101 (importing the addresses registers each app's types)
    rows = [
        (code(entry.code), entry.status, chinese(entry.title), english(entry.title), english(entry.remedy))
        for entry in problem_types()
        if entry.code not in TEXTS
    ]
    return "## Problem types\n\n" + table(("code", "status", "中文", "English", "what to do"), rows)


def _files() -> str:
    rows = [(code(name), chinese(text), english(text)) for name, text in TEXTS.items()]
    lead = (
        "`file.` refuses the whole file (422), `row.` one row, which goes into the reject file. `value.` is "
        "a value that could not be read: the row is loaded, its text kept in `raw_values`, an issue opened. "
        "A row is also refused by a quality rule of severity BLOCK, under the code of the rule."
    )
    return f"## Files and rows\n\n{lead}\n\n" + table(("code", "中文", "English"), rows)


def _exits() -> str:
    return "## Exit codes of commands\n\n" + table(("exit code", "meaning"), EXIT_CODES.items())
