"""Who writes, when, why: the technical columns of every row written together."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mdm.history.models import REASON_LENGTH
from security.access.actor import Actor


@dataclass(frozen=True, slots=True)
class Stamp:
    """One act of writing. `business_date` dates what ends; `run_id` names the run, None online."""

    actor: Actor
    at: datetime
    reason: str
    business_date: date
    run_id: int | None = None

    def created(self) -> dict[str, Any]:
        """The technical columns of a new row."""
        actor = self.actor
        return {
            "created_at": self.at,
            "created_by": actor.name,
            "created_org": actor.org_code,
            "created_channel": actor.channel,
            "version": 1,
            **self.updated(),
        }

    def updated(self) -> dict[str, Any]:
        """The technical columns of a changed row (its version is the row's own matter)."""
        actor = self.actor
        return {
            "updated_at": self.at,
            "updated_by": actor.name,
            "updated_org": actor.org_code,
            "updated_channel": actor.channel,
            "request_id": actor.request_id,
        }

    def history(self, kind: str) -> dict[str, Any]:
        """The history columns: `+` created, `~` changed."""
        return {
            "history_date": self.at,
            "history_type": kind,
            "history_user_id": self.actor.name,
            "history_change_reason": self.kept_reason,
        }

    @property
    def kept_reason(self) -> str:
        """The reason as history keeps it."""
        return self.reason[:REASON_LENGTH]
