"""What is told between the process that asks and the one that reads the file. Needs nothing but Python."""

import struct
from typing import BinaryIO

_LENGTH = struct.Struct(">I")
#: Bytes of one part: above any file that is taken.
LARGEST = 256 * 1024 * 1024


class Refused(Exception):
    """A file that is not taken; `code` is a code of `refusals.TEXTS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def put(target: BinaryIO, *parts: bytes) -> None:
    """Write parts, each after its length."""
    for part in parts:
        target.write(_LENGTH.pack(len(part)))
        target.write(part)
    target.flush()


def take(source: BinaryIO) -> bytes:
    """Read one part. Refused `content.damaged` where the other end stopped before its end."""
    head = source.read(_LENGTH.size)
    if len(head) < _LENGTH.size or _LENGTH.unpack(head)[0] > LARGEST:
        raise Refused("content.damaged")
    (length,) = _LENGTH.unpack(head)
    body = source.read(length)
    if len(body) < length:
        raise Refused("content.damaged")
    return body
