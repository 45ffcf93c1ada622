"""Sealed exports: a file of rows, a manifest that says what they are, and an SM2 signature over the manifest.

One ZIP of four files, stored encrypted like every object and handed out as it is:

    rows.csv or rows.ndjson   the rows, UTF-8
    manifest.json             who asked for what and why, how many rows, their SM3 digest, the newest seal
    manifest.sig              DER signature over the bytes of manifest.json, SM2 with SM3, default user id
    public.pem                the public key of the log that signed

So an auditor needs nothing of ours: `openssl dgst -sm3 rows.csv` gives the digest in the manifest, and
`openssl pkeyutl -verify -rawin -digest sm3 -pubin -inkey public.pem -pkeyopt distid:1234567812345678
-in manifest.json -sigfile manifest.sig` proves the manifest. That the key is the log's, `audit_verify` shows.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal
from zipfile import ZIP_DEFLATED, ZipFile

from cryptography.hazmat.primitives import hashes

from security.audit.signing import Signer
from security.crypto.sm2_formats import public_to_pem

#: The form of packages; a manifest names its own.
FORM = "panorama-export-1"
Format = Literal["csv", "ndjson"]
ROWS: dict[str, str] = {"csv": "rows.csv", "ndjson": "rows.ndjson"}
MANIFEST, SIGNATURE, PUBLIC = "manifest.json", "manifest.sig", "public.pem"

Cell = str | int | None
#: What spreadsheets take for the beginning of a formula, full-width signs included (security reference 6.4).
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")


def harmless(cell: Cell) -> Cell:
    """A cell that no spreadsheet runs: a text that begins like a formula gets an apostrophe before it."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in _FORMULA else cell


@dataclass
class _Rows:
    """Writes rows into the package, counts them and digests their bytes."""

    target: Any
    kind: Format
    columns: Sequence[str]
    rows: int = 0
    size: int = 0
    sm3: hashes.Hash = field(default_factory=lambda: hashes.Hash(hashes.SM3()))

    def head(self) -> None:
        """The line of column names, where the format has one."""
        if self.kind == "csv":
            self._put(_line(self.columns))

    def add(self, row: Sequence[Cell]) -> None:
        """One row; in CSV nothing in it is run by a spreadsheet, in NDJSON it stands as it is."""
        if self.kind == "csv":
            self._put(_line([harmless(cell) for cell in row]))
        else:
            told = dict(zip(self.columns, row, strict=True))
            self._put(json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n")
        self.rows += 1

    def _put(self, text: str) -> None:
        data = text.encode("utf-8", "backslashreplace")
        self.sm3.update(data)
        self.size += len(data)
        self.target.write(data)


def _line(cells: Iterable[Cell]) -> str:
    held = io.StringIO()
    csv.writer(held, lineterminator="\r\n").writerow(cells)  # RFC 4180
    return held.getvalue()


def pack(
    target: BinaryIO,
    signer: Signer,
    kind: Format,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    about: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """Write a package to a stream that need not be seekable, row by row. Returns its manifest.

    `about` is asked once the rows are written: what the manifest says beside what is counted here.
    """
    with ZipFile(target, "w", ZIP_DEFLATED) as held:
        with held.open(ROWS[kind], "w", force_zip64=True) as entry:
            written = _Rows(entry, kind, columns)
            written.head()
            for row in rows:
                written.add(row)
        manifest = {**about(), **_counted(written, signer)}
        said = manifest_bytes(manifest)
        held.writestr(MANIFEST, said)
        held.writestr(SIGNATURE, signer.sign(said))
        held.writestr(PUBLIC, public_to_pem(signer.key.public))
    return manifest


def _counted(written: _Rows, signer: Signer) -> dict[str, Any]:
    return {
        "form": FORM,
        "file": ROWS[written.kind],
        "format": written.kind,
        "columns": list(written.columns),
        "rows": written.rows,
        "bytes": written.size,
        "sm3": written.sm3.finalize().hex(),
        "log": signer.log_id,
        "signer": signer.version,
    }


def manifest_bytes(manifest: dict[str, Any]) -> bytes:
    """A manifest as it is signed and stored."""
    return (json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
