"""What both sides of a file interface agree on: the profile of a delimited file.

A record is one physical line, also where values are quoted: so an unbalanced quote is an error of
its own line and can never swallow the rest of the file, and a file can be cut at any line end and
read by several workers (security 6.4; domain 4.1).
"""

from dataclasses import dataclass
from typing import Literal

Encoding = Literal["utf-8", "gb18030"]
#: The encodings a profile may declare; nothing is ever guessed, and never read as latin-1.
ENCODINGS: tuple[Encoding, ...] = ("utf-8", "gb18030")
QUOTE = '"'


@dataclass(frozen=True, slots=True)
class Profile:
    """The form of a delimited file; ValueError where it contradicts itself.

    `separator` is a string of any length. `quoting` allows values in double quotes, a quote inside
    doubled. `header` tells whether line 1 names the columns. `trailing_separator` ends every line
    with one more separator. `nulls` are the spellings of an absent value. `strip` takes padding
    spaces (U+0020) off both ends of unquoted values. `max_field` and `max_line` are in characters.
    """

    encoding: Encoding = "utf-8"
    separator: str = ","
    quoting: bool = False
    header: bool = True
    trailing_separator: bool = False
    nulls: tuple[str, ...] = ("", "\\N")
    strip: bool = False
    max_field: int = 4_000
    max_line: int = 64_000

    def __post_init__(self) -> None:
        if self.encoding not in ENCODINGS:
            raise ValueError(f"encoding {self.encoding!r} is not one of {ENCODINGS}")
        if not self.separator or set(self.separator) & set("\r\n\0\ufeff"):
            raise ValueError(
                "a separator is not empty and holds neither line ends, NUL nor a byte order mark"
            )
        if self.quoting and QUOTE in self.separator:
            raise ValueError("a separator cannot hold the quote")
        if self.strip and self.separator != self.separator.strip(" "):
            raise ValueError("padding cannot be told from a separator that begins or ends with a space")
        if "" not in self.nulls:
            raise ValueError("an empty value is always an absent one")
