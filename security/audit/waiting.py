"""How long the oldest operation has waited for its seal: the figure that tells whether sealing stands still."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from security.audit import statement
from security.audit.sealing import newest

#: Seconds that a row may wait for its seal.
ALARM_AFTER = 30.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """The time of the oldest operation that is not sealed, and its age in seconds."""

    since: datetime | None
    seconds: float

    @property
    def alarm(self) -> bool:
        """No sealer is at work, or a transaction forgotten open holds the horizon back."""
        return self.seconds > ALARM_AFTER


def waiting(at: datetime) -> Waiting:
    """How long the oldest row that is not sealed has waited at `at`."""
    with connection.cursor() as cursor:
        after = statement.after(newest())
        cursor.execute(
            "SELECT at FROM security_operationlog WHERE (tx, id) > (%s::xid8, %s) ORDER BY tx, id LIMIT 1",
            [str(after[0]), after[1]],
        )
        row = cursor.fetchone()
    return Waiting(row[0], max(0.0, (at - row[0]).total_seconds())) if row else Waiting(None, 0.0)
