"""What a file says in clear stays in memory: nothing of it on a disk, in a reason or in a name."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from batch.services.loading import run_load, submit
from batch.services.rejects import read_rejects
from customers.services.revealing import Why
from tests.factories.files import line, write
from tests.factories.security import NOW, everything

pytestmark = pytest.mark.usefixtures("bank")
ORDER: dict[str, Any] = {"mode": None, "business_date": None, "at": NOW}
SECRETS = ("欧阳知远".encode(), b"11010519491231002X", "钱七".encode())


@contextmanager
def files_seen(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[Callable[[], set[bytes]]]:
    """What open files of this process on a disk held, looked at whenever the loader asks for its time.

    Anonymous files of the memory (`/memfd:`) are not on a disk; unlinked files in a folder are.
    """
    seen: set[bytes] = set()

    def look() -> None:
        for entry in Path("/proc/self/fd").iterdir():
            try:
                target = str(entry.readlink())
                if not target.startswith("/") or target.startswith(
                    ("/memfd:", "/dev/", "/proc/", str(folder))
                ):
                    continue
                content = entry.read_bytes() if entry.is_file() else b""
            except OSError:
                continue
            seen.update(secret for secret in SECRETS if secret in content)

    from security.crypto import files

    put = files.SealedWriter._put
    load_rows = _rows_of_the_loader()

    def spied_put(writer: Any, *, last: bool) -> None:
        look()
        put(writer, last=last)

    def spied_chunks(*call: Any) -> Any:
        look()
        return load_rows(*call)

    monkeypatch.setattr(files.SealedWriter, "_put", spied_put)
    monkeypatch.setattr("batch.pipeline.load.chunks", spied_chunks)
    yield lambda: seen


def _rows_of_the_loader() -> Any:
    from batch.pipeline import load

    return load.chunks


def test_a_worker_lays_neither_the_file_nor_its_rejects_on_a_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "core.csv", [line("A"), line("B", name="钱七", party_type="??")])
    run = submit(everything("load"), path, "core_customer", **ORDER)
    path.unlink()

    with files_seen(monkeypatch, tmp_path) as seen:
        run_load(run.pk)

    run.refresh_from_db()
    assert (run.counts["created"], run.counts["rejected"]) == (1, 1)
    with read_rejects(everything("desk"), run.pk, Why("CORRECTION", "send again"), at=NOW)[1] as stream:
        assert "钱七" in stream.read().decode()
    assert seen() == set()
