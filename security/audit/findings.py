"""What verifying can find wrong with the log, and in which words it is told."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Code of a finding -> what it means.
FOUND: dict[str, str | Promise] = {
    "seal.missing": _("The seal is missing."),
    "seal.signature": _("The seal was changed: its signature is not right."),
    "seal.replaced": _("The seal is not the one that the next seal, or the checkpoint, knows."),
    "seal.range": _("The seal does not begin where the one before it ends."),
    "seal.leaves": _("The leaves kept with the seal were changed."),
    "row.changed": _("The operation was changed."),
    "row.removed": _("The operation was removed."),
    "row.added": _("The operation was added."),
    "rows.root": _("The operations are not those that were sealed."),
    "log.replaced": _("The log has lost its signing keys, or is not the one that the checkpoints tell of."),
    "checkpoint.forged": _(
        "A checkpoint does not bear the log's signature: it is none of ours, or was changed."
    ),
    "checkpoints.missing": _("There is no checkpoint of this log in the object storage."),
    "checkpoints.unreadable": _("The object storage does not answer: the checkpoints were not compared."),
}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One broken place: the seal (0 for the log as a whole), what it is, the operation where it can be told."""

    seal: int
    what: str
    row: int = 0

    def told(self) -> dict[str, int | str]:
        """For JSON; `row` only where one is named."""
        named: dict[str, int | str] = {"seal": self.seal, "what": self.what}
        return named | {"row": self.row} if self.row else named

    @property
    def text(self) -> str | Promise:
        return FOUND[self.what]


@dataclass(frozen=True, slots=True)
class Verified:
    """What verifying found. `checked` counts sealed operations that were read, `seconds` is how long it took."""

    log_id: str
    seals: int
    checked: int
    unsealed: int
    checkpoints: int
    findings: Sequence[Finding]
    seconds: float

    @property
    def broken(self) -> int:
        """How many places are broken."""
        return len(self.findings)
