"""Saving one row online: version up, technical columns, and simple-history's row with actor and reason."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from mdm.bulk.stamp import Stamp
from mdm.errors import Invalid, Stale
from mdm.history.models import Status, SubjectModel
from security.audit.reasons import refuse_sensitive


def check_version(row: SubjectModel, version: int) -> None:
    """Raise Stale where the row is not at the version that the change was based on."""
    if row.version != version:
        raise Stale("row.stale", _("Someone else changed this in the meantime."))


def require_reason(reason: str) -> str:
    """The reason, trimmed. Every change says why, and the reason is read by many for years: Invalid
    `reason.missing` where there is none, `reason.sensitive` where it holds a number or an e-mail address."""
    told = reason.strip()
    if not told:
        raise Invalid("reason.missing", _("Say why you change this."))
    refuse_sensitive(told)
    return told


def save_with_history(row: SubjectModel, stamp: Stamp, *, dated: bool = False) -> None:
    """Save a changed row one version up, with its history row, in the caller's transaction.

    It is so from the business date on, unless the caller has `dated` it; the end of a row leaves that alone.
    The row must have been read with a lock, and the stamp has a reason (`require_reason`).
    """
    row.version += 1
    if not dated and row.status == Status.ACTIVE:
        row.valid_from = stamp.business_date
    for name, value in stamp.updated().items():
        setattr(row, name, value)
    row._history_user = stamp.actor.name  # type: ignore[attr-defined]
    row._history_date = stamp.at  # type: ignore[attr-defined]
    row._change_reason = stamp.kept_reason  # type: ignore[attr-defined]
    row.save(force_update=True)


def sign(model: type[SubjectModel], name: str, before: Mapping[str, Any], after: dict[str, Any]) -> None:
    """Name who tells what has to be signed (`SIGNED`) where it is told anew; nobody where it is taken back."""
    for told, by in model.SIGNED.items():
        if after.get(told) != before.get(told):
            after[by] = name if after.get(told) else ""
