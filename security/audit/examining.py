"""Examining a sealed export: whether it is ours, whole and unchanged; every doubt is named.

Nothing in the file is believed before the signature over its manifest is: the key must be one that the key
hierarchy proves to be this log's, whatever public key lies in the package.
"""

import csv
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from cryptography.hazmat.primitives import hashes
from django.utils.translation import gettext_lazy as _

from mdm.errors import Text
from security.audit import statement
from security.audit.evidence import FORM, MANIFEST, PUBLIC, ROWS, SIGNATURE
from security.audit.signing import PublicSigner
from security.models import AuditSeal, OperationLog

#: The action of the row that says that an export was made; it names run and digest.
MADE = "audit.exported"
FOUND: dict[str, Text] = {
    "export.unreadable": _("The file is no sealed export, or it is broken."),
    "export.contents": _("The package holds other files than a sealed export has."),
    "export.manifest": _("The manifest is none of a form that is known."),
    "export.key": _("The manifest names a key or a log that is not ours."),
    "export.signature": _("The signature does not belong to the manifest."),
    "export.size": _("The rows are longer or shorter than the manifest says."),
    "export.digest": _("The rows are not those that were exported."),
    "export.rows": _("There are more or fewer rows than the manifest says."),
    "export.unknown": _("The operation log does not know this export."),
    "export.seal": _("The log has another seal where the manifest names one."),
}
#: Bytes of the largest manifest and signature that are read.
_MOST = 1 << 20
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Examined:
    """What a package says of itself (only where its signature is right), and everything that is wrong."""

    manifest: dict[str, Any] | None
    findings: list[str]


def examine(path: Path, known: Mapping[int, PublicSigner]) -> Examined:
    """Examine a package against the keys of the log; raises OSError for a file that cannot be opened, and
    nothing for what is wrong with its contents."""
    try:
        with path.open("rb") as file, ZipFile(file) as held:
            return _examined(held, known)
    except (BadZipFile, ValueError, TypeError, KeyError, EOFError, RuntimeError, zlib.error):
        return Examined(None, ["export.unreadable"])


def _examined(held: ZipFile, known: Mapping[int, PublicSigner]) -> Examined:
    names = sorted(held.namelist())
    if names not in [sorted([rows, MANIFEST, SIGNATURE, PUBLIC]) for rows in ROWS.values()]:
        return Examined(None, ["export.contents"])
    said, signature = _small(held, MANIFEST), _small(held, SIGNATURE)
    manifest = json.loads(said)
    if not isinstance(manifest, dict) or manifest.get("form") != FORM:
        return Examined(None, ["export.manifest"])
    signer = known.get(manifest["signer"])
    if signer is None or signer.log_id != manifest["log"]:
        return Examined(None, ["export.key"])
    if not signer.signed(said, signature):
        return Examined(None, ["export.signature"])
    return Examined(manifest, [*_of_rows(held, manifest), *_of_log(manifest)])


def _small(held: ZipFile, name: str) -> bytes:
    with held.open(name) as entry:
        return entry.read(_MOST)


def _of_rows(held: ZipFile, manifest: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the rows: no more of them is read than the signed manifest says."""
    name = manifest["file"]
    if name not in held.namelist() or held.getinfo(name).file_size != manifest["bytes"]:
        yield "export.size"
        return
    with held.open(name) as entry:
        digest = _digest(entry)
    if digest != manifest["sm3"]:
        yield "export.digest"
        return
    with held.open(name) as entry:
        if _count(entry, manifest["format"]) != manifest["rows"]:
            yield "export.rows"


def _digest(entry: IO[bytes]) -> str:
    found = hashes.Hash(hashes.SM3())
    while block := entry.read(_BLOCK):
        found.update(block)
    return found.finalize().hex()


def _count(entry: IO[bytes], kind: str) -> int:
    """Rows in the file, without the line of names."""
    if kind == "ndjson":
        return sum(1 for _line in entry)
    lines = io.TextIOWrapper(entry, "utf-8", newline="")
    return sum(1 for _row in csv.reader(lines)) - 1


def _of_log(manifest: dict[str, Any]) -> Iterator[str]:
    """Whether the log remembers making the export, and still has the seal that was its newest then."""
    made = OperationLog.objects.filter(action=MADE, object_id=manifest["run"], fields__sm3=manifest["sm3"])
    if not made.exists():
        yield "export.unknown"
    told = manifest.get("seal")
    seal = AuditSeal.objects.filter(n=told["n"]).first() if told else None
    if told and (seal is None or statement.digest(seal).hex() != told["digest"]):
        yield "export.seal"
