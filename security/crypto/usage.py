"""How often each key has encrypted: GCM with random nonces is safe for 2^32 values (NIST SP 800-38D, 8.3).

Counted ahead: a process takes a block of uses from the database, on a connection of its own, and spends it in
memory. What a process takes and does not spend is lost, so the count is never too low. A key that has reached its
limit encrypts no more and still decrypts; the self-check raises an alarm at half of it.
"""

import os
from collections.abc import Callable
from threading import Lock

from django.utils.translation import gettext_lazy as _

from mdm.errors import Unavailable
from security.crypto.key_store import add_uses

#: Values that one key may encrypt, and from how many on it is to be rotated.
LIMIT = 2**32
ALARM = LIMIT // 2
#: The first block a process takes of a key, and the largest; each is four times the one before.
FIRST, LARGEST = 256, 2**20


class Uses:
    """What this process may still encrypt under each key. Safe for several threads."""

    def __init__(self, take: Callable[[int, int], int] = add_uses) -> None:
        self._take = take
        self._lock = Lock()
        self._held: dict[int, tuple[int, int]] = {}

    def spend(self, key_id: int, count: int) -> None:
        """Before `count` values are encrypted. Raises Unavailable `key.worn` at the limit."""
        with self._lock:
            left, block = self._held.get(key_id, (0, FIRST))
            if left < count:
                wanted = max(block, count)
                if self._take(key_id, wanted) > LIMIT:
                    raise Unavailable("key.worn", _("Key %d has encrypted all it may: rotate it.") % key_id)
                left, block = left + wanted, min(block * 4, LARGEST)
            self._held[key_id] = (left - count, block)

    def forget(self) -> None:
        """Spend nothing that another process took (after a fork)."""
        self._lock = Lock()
        self._held = {}


uses = Uses()
os.register_at_fork(after_in_child=uses.forget)
