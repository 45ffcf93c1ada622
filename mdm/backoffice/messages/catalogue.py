"""A PO file and the MO file made of it (formats of GNU gettext 0.22, sections “PO Files” and “MO Files”)."""

import ast
import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from mdm.backoffice.messages.extraction import Message

Translations = dict[Message, str]

HEADER = (
    "Project-Id-Version: Panorama\n"
    "Language: zh_Hans\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "Plural-Forms: nplurals=1; plural=0;\n"
)
_KEYWORD = re.compile(r"(msgctxt|msgid_plural|msgid|msgstr(?:\[0\])?)\s+(.*)")
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}")


def read(path: Path) -> Translations:
    """The translations of a PO file; ValueError for a fuzzy entry, which nobody has confirmed."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if re.search(r"^#,.*fuzzy", text, re.MULTILINE):
        raise ValueError(f"{path.name} holds fuzzy entries")
    entries = (_entry(block) for block in text.split("\n\n") if block.strip())
    return {message: translated for message, translated in entries if message.text}


def _entry(block: str) -> tuple[Message, str]:
    """One entry: keywords with texts that go on in the following lines."""
    parts: dict[str, str] = {}
    keyword = ""
    for line in block.splitlines():
        if line.startswith("#"):
            continue
        found = _KEYWORD.fullmatch(line)
        keyword, literal = (found[1].removesuffix("[0]"), found[2]) if found else (keyword, line)
        parts[keyword] = parts.get(keyword, "") + ast.literal_eval(literal)
    message = Message(parts.get("msgid", ""), parts.get("msgid_plural", ""), parts.get("msgctxt", ""))
    return message, parts.get("msgstr", "")


def write(path: Path, found: Mapping[Message, Iterable[str]], translations: Translations) -> None:
    """Write the PO file of what was found, with the translations there are; always in one order."""
    blocks = [_block(Message(""), HEADER, ())]
    blocks += [_block(message, translations.get(message, ""), found[message]) for message in sorted(found)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def _block(message: Message, translated: str, files: Iterable[str]) -> str:
    lines = [f"#: {name}" for name in sorted(files)]
    lines += [f"msgctxt {_quoted(message.context)}"] if message.context else []
    lines += [f"msgid {_quoted(message.text)}"]
    lines += [f"msgid_plural {_quoted(message.plural)}"] if message.plural else []
    keyword = "msgstr[0]" if message.plural else "msgstr"
    return "\n".join([*lines, f"{keyword} {_quoted(translated)}"])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n")
    return f'"{escaped}"'


def compiled(translations: Translations) -> bytes:
    """The MO file: sorted, little-endian, without a hash table."""
    entries = sorted((_key(message), text.encode()) for message, text in translations.items() if text)
    entries.insert(0, (b"", HEADER.encode()))
    start = 28 + 16 * len(entries)
    ids, texts = _table([key for key, _text in entries], start)
    second, values = _table([text for _key_, text in entries], start + len(texts))
    head = struct.pack("<7I", 0x950412DE, 0, len(entries), 28, 28 + 8 * len(entries), 0, start)
    return head + ids + second + texts + values


def _key(message: Message) -> bytes:
    told = f"{message.context}\x04{message.text}" if message.context else message.text
    return f"{told}\0{message.plural}".encode() if message.plural else told.encode()


def _table(texts: list[bytes], start: int) -> tuple[bytes, bytes]:
    """Length and place of each text, and the texts themselves, each closed by a zero byte."""
    places, body = b"", b""
    for text in texts:
        places += struct.pack("<2I", len(text), start + len(body))
        body += text + b"\0"
    return places, body


def faults(found: Iterable[Message], translations: Translations) -> Iterator[str]:
    """What is wrong with the translations: missing, left over, other placeholders than the text."""
    wanted = set(found)
    for message in sorted(wanted - translations.keys() | {m for m, text in translations.items() if not text}):
        yield f"not translated: {message.text}"
    for message in sorted(translations.keys() - wanted):
        yield f"no longer in the sources: {message.text}"
    for message, text in translations.items():
        told = [message.text, message.plural] if message.plural else [message.text]
        if text and _placeholders(text) not in map(_placeholders, told):
            yield f"other placeholders: {message.text}"


def _placeholders(text: str) -> list[str]:
    return sorted(set(_PLACEHOLDER.findall(text)))
