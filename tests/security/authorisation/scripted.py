"""Scripts written into every text that somebody writes, past all that would refuse or clean them."""

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

from django.apps import apps
from django.db import connection, models

from mdm.bulk.tables import built_in_fields
from mdm.subjects import Facet, registry
from security.crypto.fields import SealedField
from tests.security.authorisation.attacks import SCRIPTS
from tests.security.authorisation.population import Bank

#: Apps whose tables are ours.
OURS = ("mdm", "security", "approvals", "customers", "credentials", "special_info", "consolidation", "batch")
#: Names of fields that people write, outside the facets, which hold nothing else.
WRITTEN = re.compile(
    r"^(name|name_zh|name_en|display_name|first_name|last_name|label_zh|label_en|why_zh|why_en|file_name|agent"
    r"|reason|end_reason|finding|result_text|history_change_reason)$"
)
#: Texts of facets that lead to other rows, or say how to read a file.
KEYS = re.compile(r"_no$|^(about|media_type|superseded_by)$")
#: A script is at least so long.
SHORTEST = 30


def texts() -> Iterator[tuple[type[models.Model], Any]]:
    """Every text that somebody writes: the clear ones of facets, and those of other tables by their names."""
    facets = {facet.model for facet in registry.facets()}
    for model in apps.get_models():
        if model in facets:
            known = [
                f for f in built_in_fields(model) if f.name not in model.CODES and not KEYS.search(f.name)
            ]
        elif model._meta.app_label in OURS:
            known = [f for f in model._meta.concrete_fields if WRITTEN.search(f.name)]
        else:
            known = []
        for one in known:
            if (
                not one.unique
                and isinstance(one, models.CharField | models.TextField)
                and (one.max_length or 999) >= SHORTEST
            ):
                yield model, one


def script(at: int, room: int | None) -> str:
    """The script that stands in text number `at`: the first from there on that it has room for, and its number."""
    tried = (f"{SCRIPTS[(at * 7 + turn) % len(SCRIPTS)]}~{at}~" for turn in range(len(SCRIPTS)))
    return next(text for text in tried if len(text) <= (room or 999))


def sealed_of(facet: Facet) -> list[Any]:
    found = [one for one in built_in_fields(facet.model) if isinstance(one, SealedField)]
    return [one for one in found if (one.max_length or 0) >= SHORTEST and not KEYS.search(one.name)]


def write_clear() -> dict[str, str]:
    """Scripts in all clear texts; what stands where."""
    told: dict[str, str] = {}
    for at, (model, one) in enumerate(texts()):
        text = script(at, one.max_length)
        if model._base_manager.update(**{one.name: text}):
            told[f"{model._meta.label}.{one.name}"] = text
    return told


def write_sealed(bank: Bank) -> dict[tuple[str, int], dict[str, str]]:
    """Scripts in all sealed texts of the own branch: by facet and row."""
    told: dict[tuple[str, int], dict[str, str]] = {}
    at = count(1_000)
    for facet in registry.facets():
        row = bank.ids["own"][facet.name]
        for one in sealed_of(facet):
            text = script(next(at), one.max_length)
            (blob,) = one.seal_column([row], [text])
            with connection.cursor() as cursor:
                cursor.execute(
                    f'UPDATE "{facet.model._meta.db_table}" SET "{one.column}" = %s WHERE id = %s',
                    [blob, row],
                )
            told.setdefault((facet.name, row), {})[one.attname] = text
    return told
