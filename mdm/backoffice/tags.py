"""Template tags of the staff pages (library `panorama`, registered in the settings)."""

from datetime import date, datetime

from django import template
from django.forms import BoundField, CheckboxSelectMultiple
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from mdm.codes import get as code_list

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """A line icon of the sprite; decoration only, the text beside it carries the meaning."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("panorama/icons.svg"), name
    )


@register.filter
def moment(value: datetime | str | None) -> SafeString | str:
    """A time in the bank's zone to the minute; its zone stands in the foot of every page."""
    parsed = datetime.fromisoformat(value) if isinstance(value, str) and value else value
    if not isinstance(parsed, datetime):
        return "—"
    local = timezone.localtime(parsed)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), f"{local:%Y-%m-%d %H:%M}")


@register.filter
def day(value: date | str | None) -> SafeString | str:
    """A date; 9999-12-31 is long-term."""
    text = value.isoformat() if isinstance(value, date) else str(value or "")
    if not text:
        return "—"
    return (
        _("long-term") if text == "9999-12-31" else format_html('<time datetime="{}">{}</time>', text, text)
    )


@register.filter
def figure(value: float | str | None) -> str:
    """A whole number with thousands separators; a text stays as it is."""
    if isinstance(value, str):
        return value or "—"
    return "—" if value is None else f"{value:,.0f}"


@register.filter
def percent(value: float | None) -> str:
    """A share (0 to 1) as a whole per cent, never 100 before the end."""
    return "—" if value is None else f"{int(value * 100)} %"


@register.filter
def coded(value: str, list_name: str) -> str:
    """A code in the reader's language, by its code list."""
    return code_list(list_name).label(value)


@register.filter
def field_kind(field: BoundField) -> str:
    """How a field is laid out: `tick`, `choices` or `plain`."""
    if isinstance(field.field.widget, CheckboxSelectMultiple):
        return "choices"
    kind = getattr(field.field.widget, "input_type", "")
    return {"checkbox": "tick", "radio": "choices"}.get(kind, "plain")
