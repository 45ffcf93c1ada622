"""Code lists with validity dates, labels in Chinese and English, and source-code mapping.

`get("country").label("CHN")`, `choices("sex")`, `mapping("core_customer", "sex")`.
"""

from mdm.codes.labels import Language, label, reader_language
from mdm.codes.lists import (
    Code,
    CodeList,
    choices,
    define,
    define_later,
    get,
    mapping,
    names,
    register_mapping,
    revision,
)
from mdm.codes.tables import load

load()

__all__ = [
    "Code",
    "CodeList",
    "Language",
    "choices",
    "define",
    "define_later",
    "get",
    "label",
    "mapping",
    "names",
    "reader_language",
    "register_mapping",
    "revision",
]
