"""A sealer that goes on: round after round, through outages, until it is told to stop."""

import logging
from collections.abc import Callable
from functools import cache
from threading import Event

from django.db import Error as DatabaseTrouble
from django.db import connection
from django.utils import timezone

from mdm.errors import Unavailable
from security.audit.sealing import Sealer
from security.audit.waiting import Waiting, waiting

#: Seconds between two rounds; a row waits about as long for its seal.
EVERY = 0.5
#: Seconds between two checkpoints; an end that is cut off may be as young as this.
KEEP_EVERY = 2.0
#: How far a sealer stands back behind those who serve (`nice`).
PATIENCE = 5
#: Seconds to wait after something that will not pass by itself.
PAUSE = 30.0
_log = logging.getLogger(__name__)


@cache
def sealer() -> Sealer:
    """The sealer of this process."""
    return Sealer()


def follow(
    stopped: Event,
    *,
    every: float = EVERY,
    own: Sealer | None = None,
    told: Callable[[int], None] = lambda _rows: None,
) -> None:
    """Seal every `every` seconds until `stopped`; what fails is logged and tried again later."""
    own, alarmed = own or Sealer(keep_every=KEEP_EVERY), False
    while not stopped.wait(every):
        try:
            told(own.round(timezone.now()))
            alarmed = _alarm(waiting(timezone.now()), alarmed)
        except DatabaseTrouble:
            _log.warning("audit.database_down")
            connection.close()
            stopped.wait(every)
        except Unavailable as refusal:
            _log.error("audit.not_sealing", extra={"code": refusal.code})
            own = Sealer(own.store, own.batch, own.keep_every)
            stopped.wait(PAUSE)


def _alarm(now: Waiting, alarmed: bool) -> bool:
    """Log the alarm when it begins; whether it is on."""
    if now.alarm and not alarmed:
        _log.error("audit.unsealed", extra={"seconds": round(now.seconds)})
    return now.alarm
