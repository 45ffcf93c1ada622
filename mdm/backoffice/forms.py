"""Forms made from models: one field an own field, masked where sensitive, refusals beside the field.

A sensitive value never travels to the browser: the form shows its mask and an empty field, and what
is left empty is kept. What a person typed is sent back to that person only with an error.
"""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from django import forms
from django.db.models import BooleanField, DateField, DecimalField, Field, IntegerField, Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.backoffice.branches import BranchField
from mdm.bulk.tables import own_fields
from mdm.codes import get as code_list
from mdm.display import label, sensitive, shown
from mdm.errors import ServiceError, Text
from mdm.extension.attributes import Stamp, attribute_of, current, list_of, whole_limits
from mdm.extension.values import values_of
from mdm.history.models import SubjectModel
from security.models import Organisation

AnyField = Field[Any, Any]
#: Code lists up to this length are offered as a menu; longer ones are typed.
MENU = 300
#: Prefix of the box that empties a sensitive field.
REMOVE = "remove__"
REASONS: tuple[Text, ...] = (
    _("The customer asked for it"),
    _("Document presented"),
    _("A typing error is corrected"),
    _("Data quality issue is fixed"),
)


class ReasonForm(forms.Form):
    """Every write says why."""

    required_css_class = "must"
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=forms.TextInput(attrs={"list": "reasons", "autocomplete": "off"}),
    )


class CodeField(forms.CharField):
    """A code of a long list, typed; refused where the list does not know it."""

    def __init__(self, list_name: str, **kwargs: Any) -> None:
        self.codes = code_list(list_name)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        """The code as the list has it."""
        code = str(super().clean(value)).strip().upper()
        if code and code not in self.codes:
            raise forms.ValidationError(_("This code is not in the list."), code="code.unknown")
        return code


class CodeMenu(forms.ChoiceField):
    """A code of a short list: those in force on the day on which the form is made are offered."""

    def __init__(self, list_name: str, **kwargs: Any) -> None:
        self.codes = code_list(list_name)
        super().__init__(choices=lambda: [("", "—"), *self.codes.choices(timezone.localdate())], **kwargs)

    def keep(self, code: Any) -> None:
        """Offer a code that is stored too, whether it is in force or not: looking at a row does not change it."""
        known: Any = self.choices
        offered = [(str(one), text) for one, text in known]
        if code and str(code) not in dict(offered):
            self.choices = [*offered, (str(code), self.codes.label(str(code)))]


def first_choices(model: type[SubjectModel], name: str) -> list[tuple[str, Text]]:
    """The codes that a field which operations set may begin with."""
    told = dict(code_list(model.CODES[name]).choices())
    return [(code, told[code]) for code in model.FIRST[name]]


def form_field(model: type[SubjectModel], field: AnyField) -> forms.Field:
    """The form field of a model field."""
    common: dict[str, Any] = {"label": field.verbose_name, "required": _required(model, field)}
    if field.name in model.FIRST:
        return forms.ChoiceField(choices=first_choices(model, field.name), **common)
    if codes := list_of(model, field):
        return _coded(codes, common)
    if field.related_model is Organisation:
        return BranchField(**common)
    if isinstance(field, BooleanField):
        return forms.BooleanField(label=field.verbose_name, required=False)
    if isinstance(field, DateField):
        hint = _("9999-12-31 means long-term.") if field.name == "expiry_date" else ""
        return DayField(help_text=hint, **common)
    if isinstance(field, DecimalField):
        return forms.DecimalField(max_digits=field.max_digits, decimal_places=field.decimal_places, **common)
    if isinstance(field, IntegerField):
        least, most = whole_limits(field)
        return forms.IntegerField(min_value=least, max_value=most, **common)
    return _typed(field, common)


def _typed(field: AnyField, common: dict[str, Any]) -> forms.Field:
    """A text; long ones get a box of several lines."""
    attrs = {"autocomplete": "off", "spellcheck": "false"}
    widget = forms.Textarea(attrs=attrs) if field.max_length is None else forms.TextInput(attrs=attrs)
    return forms.CharField(max_length=field.max_length, widget=widget, **common)


def _coded(list_name: str, common: dict[str, Any]) -> forms.Field:
    codes = code_list(list_name)
    if len(codes) > MENU:
        return CodeField(list_name, help_text=codes.title, **common)
    return CodeMenu(list_name, **common)


def _required(model: type[SubjectModel], field: AnyField) -> bool:
    attribute = attribute_of(field)
    return attribute.must if attribute else not (field.blank or field.null)


def _may_be_emptied(field: AnyField) -> bool:
    """Whether a value that is kept may be taken away again."""
    attribute = attribute_of(field)
    return not attribute.must if attribute else bool(field.null)


class DayField(forms.DateField):
    """A date typed as YYYY-MM-DD or YYYYMMDD: the same everywhere, whatever the browser's language."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"placeholder": "YYYY-MM-DD", "inputmode": "numeric", "autocomplete": "off", "maxlength": 10}
        widget = forms.DateInput(format="%Y-%m-%d", attrs=attrs)
        super().__init__(widget=widget, input_formats=["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d"], **kwargs)


class RowForm(ReasonForm):
    """The own fields of one facet row. `row` is what is stored, None for a new one."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    model: type[SubjectModel]

    def __init__(
        self, *args: Any, row: SubjectModel | None = None, profile: str = "strict", **kwargs: Any
    ) -> None:
        self.row = row
        kwargs["initial"] = _initial(self.model, row, self.base_fields) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, CodeMenu):
                field.keep(self.initial.get(name))
        if row is not None:
            self._mask(row, profile)

    def _mask(self, row: SubjectModel, profile: str) -> None:
        """Sensitive fields show their mask and may stay empty."""
        clear = clear_values(row)
        for field in own_fields(self.model):
            if field.name not in self.fields or not sensitive(self.model, field):
                continue
            self.fields[field.name].required = False
            told = shown(self.model, field, clear[field.attname], clear, profile)["text"]
            if told:
                self.fields[field.name].help_text = _("Now %s. Leave empty to keep it.") % told
            if told and _may_be_emptied(field):
                self.fields[REMOVE + field.name] = forms.BooleanField(
                    label=_("Remove: %s") % field.verbose_name, required=False
                )

    def mark_waiting(self, names: Collection[str], kind_field: str = "", kinds: Collection[str] = ()) -> None:
        """Say beside these fields (attnames) that a change of them waits for approval; beside the field that tells
        the kind of row, which kinds (codes) make it wait where they are chosen."""
        for field in self._fields():
            if field.attname in names:
                self.fields[field.name].needs_approval = True  # type: ignore[attr-defined]
        if kinds and kind_field in self.fields:
            codes = code_list(self.model.CODES[kind_field])
            told = {code: codes.label(code) for code in kinds}
            self.fields[kind_field].approval_kinds = told  # type: ignore[attr-defined]

    def own(self) -> list[forms.BoundField]:
        """The fields as drawn: all but version and reason."""
        return [self[name] for name in self.fields if name not in ("version", "reason")]

    def told(self) -> dict[str, Any]:
        """What a new row tells: attname to value, empty ones left out."""
        values = {field.attname: self._value(field) for field in self._fields()}
        return {name: value for name, value in values.items() if value not in (None, "")}

    def changes(self, base: Mapping[str, Any]) -> dict[str, Any]:
        """What differs from `base` (attname to clear value): attname to new value."""
        found = {}
        for field in self._fields():
            value, before = self._value(field), base.get(field.attname)
            if sensitive(self.model, field) and value in (None, ""):
                if not self.cleaned_data.get(REMOVE + field.name):
                    continue
                value = None
            if (value or None) != (before or None):
                found[field.attname] = value
        return found

    def _fields(self) -> list[AnyField]:
        return [field for field in own_fields(self.model) if field.name in self.fields]

    def _value(self, field: AnyField) -> Any:
        value = self.cleaned_data.get(field.name)
        return value.pk if isinstance(value, Model) else value


def _initial(model: type[SubjectModel], row: SubjectModel | None, asked: Collection[str]) -> dict[str, Any]:
    """The clear fields of a row that are asked, or the defaults of a new one; nothing sensitive."""
    plain = [field for field in own_fields(model) if field.name in asked and not sensitive(model, field)]
    if row is None:
        return {field.name: field.get_default() for field in plain if field.has_default()}
    values = {field.name: getattr(row, field.name) for field in plain if not attribute_of(field)}
    values |= values_of(model, row, [field for field in plain if attribute_of(field)])
    return values | {"version": row.version}


def row_form(model: type[SubjectModel], leave_out: frozenset[str] = frozenset()) -> type[RowForm]:
    """The form of a facet's rows as the model dictionary is now, without the fields in `leave_out`."""
    return _row_form(model, leave_out, current().stamp)


@lru_cache(maxsize=256)
def _row_form(model: type[SubjectModel], leave_out: frozenset[str], _stamp: Stamp) -> type[RowForm]:
    fields = {f.name: form_field(model, f) for f in own_fields(model) if f.name not in leave_out}
    return type(f"{model.__name__}RowForm", (RowForm,), {**fields, "model": model})


def clear_values(row: SubjectModel) -> dict[str, Any]:
    """The own fields of a row in clear, by attname; for comparing on the server, never for showing."""
    return values_of(type(row), row, own_fields(type(row)))


def say(model: type[SubjectModel], field: AnyField, value: Any, row: Mapping[str, Any], profile: str) -> str:
    """A value as this reader may see it; a person's own new entry is shown with `label` instead."""
    return str(shown(model, field, value, row, profile)["text"])


def say_own(model: type[SubjectModel], field: AnyField, value: Any) -> str:
    """What the reader just typed, in words."""
    return label(model, field, value) if value not in (None, "") else ""


def add_errors(form: forms.Form, refusal: ServiceError) -> None:
    """A refusal beside the fields it names (last part of a JSON Pointer), the rest at the top."""
    placed = False
    for error in refusal.errors:
        name = error.pointer.rpartition("/")[2]
        known = next((n for n in (name, name.removesuffix("_id")) if n in form.fields), None)
        form.add_error(known, str(error.detail))
        placed = True
    if not placed:
        form.add_error(None, str(refusal.message))
