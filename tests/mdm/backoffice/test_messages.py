"""The Chinese catalogue: found in the sources, complete, and compiled as gettext's own tools do."""

import gettext
import io
from pathlib import Path

import pytest
from django.conf import settings

from mdm.backoffice.messages import catalogue
from mdm.backoffice.messages.extraction import Message, messages_of
from mdm.conf import BASE_DIR
from mdm.management.commands.messages import paths

PYTHON = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
A = _("one " "two")
B = pgettext("menu", "Home")
C = ngettext("%d day", "%d days", 2)
D = _(variable)
E = other("not marked")
"""
TEMPLATE = """{% load i18n %}
{% translate "plain" %} {% translate 'it’s' as x %} {% translate "Home" context "menu" %}
{% blocktranslate with n=1 %}about {{ n }}{% endblocktranslate %}
{% blocktranslate count n=2 %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}
"""


@pytest.fixture
def found(tmp_path: Path) -> dict[Message, set[str]]:
    (tmp_path / "app").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "app" / "a.py").write_text(PYTHON)
    (tmp_path / "templates" / "a.html").write_text(TEMPLATE)
    return messages_of(tmp_path, ["app"])


def test_marked_texts_are_found_in_python_and_in_templates(found: dict[Message, set[str]]) -> None:
    assert found == {
        Message("one two"): {"app/a.py"},
        Message("Home", context="menu"): {"app/a.py", "templates/a.html"},
        Message("%d day", "%d days"): {"app/a.py"},
        Message("plain"): {"templates/a.html"},
        Message("it’s"): {"templates/a.html"},
        Message("about %(n)s"): {"templates/a.html"},
        Message("%(n)s row", "%(n)s rows"): {"templates/a.html"},
    }


def test_a_catalogue_comes_back_as_it_was_written(found: dict[Message, set[str]], tmp_path: Path) -> None:
    told = {message: f"“{message.text}”\n\t\\ 二" for message in found}
    catalogue.write(tmp_path / "x.po", found, told)
    assert catalogue.read(tmp_path / "x.po") == told


def test_the_compiled_catalogue_answers_as_gettext_expects() -> None:
    told = {
        Message("plain"): "朴素",
        Message("Home", context="menu"): "首页",
        Message("%d day", "%d days"): "%d 天",
    }
    read = gettext.GNUTranslations(io.BytesIO(catalogue.compiled(told)))
    assert read.gettext("plain") == "朴素"
    assert read.pgettext("menu", "Home") == "首页"
    assert read.ngettext("%d day", "%d days", 5) == "%d 天"
    assert read.gettext("unknown") == "unknown"


def test_faults_are_named() -> None:
    found = [Message("a"), Message("b %(n)s"), Message("c")]
    told = {Message("b %(n)s"): "二", Message("c"): "三", Message("old"): "旧"}
    assert list(catalogue.faults(found, told)) == [
        "not translated: a",
        "no longer in the sources: old",
        "other placeholders: b %(n)s",
    ]


def test_a_fuzzy_entry_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.po").write_text('#, fuzzy\nmsgid "a"\nmsgstr "一"\n')
    with pytest.raises(ValueError, match="fuzzy"):
        catalogue.read(tmp_path / "x.po")


def test_every_text_of_the_product_is_translated_and_compiled() -> None:
    po, mo = paths(BASE_DIR)
    translations = catalogue.read(po)
    found = messages_of(BASE_DIR, settings.HOUSE_APPS)
    assert list(catalogue.faults(found, translations)) == [], (
        "run `manage.py messages` and translate what it names"
    )
    assert mo.read_bytes() == catalogue.compiled(translations), "run `manage.py messages`"
