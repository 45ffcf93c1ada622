"""How values lie in the cache: bytes and JSON, nothing that acts when it is read.

Django's own way is a pickle: whoever may write to Valkey would run what they like in every web process.
"""

import json
from typing import Any

_BYTES, _JSON = b"b", b"j"


class PlainSerializer:
    """Whole numbers as they are (Valkey counts with them), bytes and JSON behind a letter that says which."""

    def dumps(self, value: Any) -> bytes | int:
        """What is stored; TypeError for what is neither bytes nor JSON."""
        if type(value) is int:  # a bool is JSON
            return value
        if isinstance(value, bytes):
            return _BYTES + value
        return _JSON + json.dumps(value).encode()

    def loads(self, stored: bytes) -> Any:
        """The value; None, which is as if there were none, for what was not written here."""
        try:
            if stored[:1] == _BYTES:
                return stored[1:]
            return json.loads(stored[1:]) if stored[:1] == _JSON else int(stored)
        except ValueError:
            return None
