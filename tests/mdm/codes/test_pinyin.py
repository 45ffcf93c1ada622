"""Readings of characters and of phrases."""

import subprocess
import sys

from mdm.codes.pinyin import reading, reading_of_phrase

#: Characters with several readings, one beyond the basic plane, and what is no Chinese character.
CHARACTERS = "重庆厦门单曾长乐行𠮷A·"


def test_a_phrase_may_read_otherwise_than_its_characters_and_changes_nothing_about_them() -> None:
    before = [reading(character) for character in CHARACTERS]

    assert reading_of_phrase("重庆") == "chongqing"
    assert reading("重") == "zhong"
    assert [reading(character) for character in CHARACTERS] == before


def test_phrases_are_not_read_before_one_is_asked() -> None:
    told = "import sys; from mdm.codes import pinyin; pinyin.reading('重'); sys.exit('pypinyin.phrases_dict' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", told], check=False).returncode == 0
