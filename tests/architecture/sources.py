"""The hand-written Python of the house, parsed once."""

import ast
import io
import subprocess
import tokenize
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Source:
    """One file: its path from the root, its text and its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def comments(self) -> list[tuple[int, str]]:
        """Line and text of every comment."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]

    @property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        found = ast.walk(self.tree)
        return [node for node in found if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file under version control, or about to be, migrations aside."""
    told = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    paths = sorted(path for path in told if "/migrations/" not in path and (ROOT / path).exists())
    texts = [(path, (ROOT / path).read_text(encoding="utf-8")) for path in paths]
    return tuple(Source(path, text, ast.parse(text)) for path, text in texts)


def product() -> list[Source]:
    """The product's own files."""
    return [source for source in sources() if not source.path.startswith("tests/")]


def proofs() -> list[Source]:
    """The files of tests."""
    return [source for source in sources() if source.path.startswith("tests/")]
