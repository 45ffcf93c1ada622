"""One file in parts that several workers take: who has which, how far each is. Kept in the run's checkpoint.

Every change is made under the lock of the run's row and names the token of the claim, and a part has a token
of its own: what a worker that lost its part still tries to write is refused (design idea 11).
"""

from collections.abc import Container
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

from django.db import transaction

from batch.formats.survey import Span, ranges, rest
from batch.pipeline.job import Job
from mdm.run_control import Claim, advance, fenced, hold, progressed
from mdm.runs import JobRun

#: The most parts of a file before the last are cut smaller: the checkpoint that holds them is written with each chunk.
MOST = 64
#: The sizes to each other of the pieces that each of the last parts is cut into.
PIECES = (4, 2, 1, 1)
#: Rows from which on a file is worth a second process, which takes more than a second of a processor to begin.
SPLIT_FROM = 20_000


@dataclass(slots=True)
class Part:
    """Bytes `start` to `end` of a file, from line `first_line` on; `line` is the last line applied.

    `worker` is the process that has it, 0 where nobody does; `token` grows each time somebody takes it.
    """

    number: int
    start: int
    end: int
    first_line: int
    line: int = 0
    worker: int = 0
    token: int = 0
    ended: bool = False

    @property
    def span(self) -> Span:
        """Where it lies in the file."""
        return Span(self.start, self.end, self.first_line)


def parts_of(run: JobRun) -> list[Part]:
    """The parts of a run's file; none where it is read from front to back."""
    return [Part(**told) for told in run.checkpoint.get("parts", ())]


def line_of(run: JobRun) -> int:
    """The line up to which one worker has read from the front."""
    return int(run.checkpoint.get("line", 0))


def lay_out(job: Job, held: Claim, chunk: int) -> None:
    """Cut the file of a run that has just been claimed, or free the parts that an earlier claim has cut."""
    with transaction.atomic():
        run = hold(held)
        parts = parts_of(run) or _cut(job, chunk, line_of(run))
        for part in parts:
            part.worker = 0
        _keep(held, run, parts)


def _cut(job: Job, chunk: int, after_line: int) -> list[Part]:
    """Parts of a chunk each, a little smaller so that lines of unequal length make no second, tiny chunk.

    The last ones are smaller and smaller: workers that do not begin together end nearly together.
    """
    left = rest(job.file.path, job.file.shape.data, after_line)
    wanted = min(MOST, ceil(job.file.survey.rows / (0.98 * chunk)))
    whole = max(0, wanted - job.workers)
    last = [size for size in PIECES for _ in range(wanted - whole)]
    spans = ranges(job.file.path, left, [sum(PIECES)] * whole + last)
    return [Part(at, span.start, span.end, span.first_line) for at, span in enumerate(spans)]


def take(held: Claim, worker: int, ended: Part | None = None) -> Part | None:
    """The first part that nobody has, now this worker's; None where there is none. `ended` is done."""
    with transaction.atomic():
        run = hold(held)
        parts = parts_of(run)
        if ended:
            _own(parts, ended).ended = True
        free = next((part for part in parts if not part.ended and not part.worker), None)
        if free:
            free.worker, free.token = worker, free.token + 1
        _keep(held, run, parts)
    return free


def release(held: Claim, workers: Container[int]) -> None:
    """Take their parts away from workers that have died."""
    with transaction.atomic():
        run = hold(held)
        parts = parts_of(run)
        for part in parts:
            if part.worker in workers:
                part.worker = 0
        _keep(held, run, parts)


def applied(run: JobRun, part: Part, line: int) -> dict[str, Any]:
    """The checkpoint of a locked run after one more chunk of a part. Stale `run.fenced` where another has it."""
    parts = parts_of(run)
    _own(parts, part).line = part.line = line
    return _checkpoint(run, parts)


def repeats_applied(run: JobRun, line: int) -> dict[str, Any]:
    """The checkpoint of a locked run whose parts have ended, after repeated lines up to `line`."""
    return {**progressed(run.checkpoint), "line": line}


def _own(parts: list[Part], part: Part) -> Part:
    """The stored state of a part that is still this worker's."""
    stored = parts[part.number]
    if (stored.worker, stored.token) != (part.worker, part.token):
        raise fenced()
    return stored


def _keep(held: Claim, run: JobRun, parts: list[Part]) -> None:
    attempts = {name: run.checkpoint[name] for name in ("attempts",) if name in run.checkpoint}
    advance(held, checkpoint={**_checkpoint(run, parts), **attempts})


def _checkpoint(run: JobRun, parts: list[Part]) -> dict[str, Any]:
    return {"line": line_of(run), "parts": [asdict(part) for part in parts]}
