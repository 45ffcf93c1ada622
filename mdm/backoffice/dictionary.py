"""The model dictionary on screen: what it holds, its versions, adding and changing attributes with their impact."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.approvals import went
from mdm.backoffice.forms import REASONS, DayField, ReasonForm, add_errors
from mdm.backoffice.pages import page, render_page
from mdm.codes import names, reader_language
from mdm.dictionary import defining, versions
from mdm.dictionary.checking import LONGEST
from mdm.dictionary.content import TOLD
from mdm.dictionary.indexing import unfinished
from mdm.errors import Duplicate, Invalid, NotFound, Stale
from mdm.extension.kinds import Kind
from mdm.paging import number_in
from mdm.subjects import registry
from security.access.actor import Actor

#: Versions listed on the page of the dictionary.
NEWEST = 20
#: Differences shown of two versions.
MOST = 500


class ColumnsField(forms.CharField):
    """Columns of files, one a line: the layout, the column, and for a row of several which one it is."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 2, "spellcheck": "false"})
        super().__init__(required=False, widget=widget, max_length=2000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Stored columns as lines."""
        if not isinstance(value, dict):
            return value
        return "\n".join(
            " ".join([n, p["column"], p.get("slot", "")]).strip() for n, p in sorted(value.items())
        )

    def clean(self, value: Any) -> dict[str, dict[str, str]]:
        """The columns by layout."""
        found: dict[str, dict[str, str]] = {}
        for line in filter(str.strip, str(super().clean(value) or "").splitlines()):
            parts = line.split()
            if len(parts) not in (2, 3) or parts[0] in found:
                raise forms.ValidationError(_("Write a layout and a column a line, each layout once."))
            found[parts[0]] = dict(zip(("column", "slot"), parts[1:], strict=False))
        return found


class AttributeForm(ReasonForm):
    """One definition. `opened` is the tag of what stood when the form was drawn."""

    opened = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    label_zh = forms.CharField(label=_("Chinese label"), max_length=40)
    label_en = forms.CharField(label=_("English label"), max_length=60)
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices)
    length = forms.IntegerField(label=_("Characters at most"), min_value=1, max_value=LONGEST, initial=100)
    minimum = forms.CharField(label=_("At least"), max_length=24, required=False)
    maximum = forms.CharField(label=_("At most"), max_length=24, required=False)
    pattern = forms.CharField(
        label=_("Pattern"),
        max_length=200,
        required=False,
        help_text=_("A regular expression for the whole text."),
    )
    code_list = forms.ChoiceField(label=_("Code list"), required=False)
    codes = forms.CharField(
        label=_("Own codes"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("A code a line: CODE|Chinese|English, and |from|until where it is not always in force."),
    )
    required = forms.BooleanField(label=_("Required"), required=False)
    severity = forms.ChoiceField(
        label=_("Where a rule is broken"),
        choices=list(defining.CHOICES["severity"].items()),
    )
    mask = forms.ChoiceField(label=_("Shown"), required=False)
    searchable = forms.BooleanField(label=_("Found by search"), required=False)
    valid_from = DayField(label=_("Valid from"))
    valid_to = DayField(label=_("Valid until"), required=False)
    columns = ColumnsField(
        label=_("Columns of files"),
        help_text=_("A line for each layout: core_customer club_no, or with a row: MOBILE."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists: Any = self.fields["code_list"]
        lists.choices = [("", "—"), *((name, name) for name in names())]
        masks: Any = self.fields["mask"]
        masks.choices = list(defining.CHOICES["mask"].items())

    def told(self) -> dict[str, Any]:
        """The definition, JSON-ready."""
        values = {name: self.cleaned_data[name] for name in TOLD}
        values["codes"] = "\n".join(line.strip() for line in values["codes"].splitlines() if line.strip())
        return {n: v.isoformat() if hasattr(v, "isoformat") else v for n, v in values.items()}


class NewAttributeForm(AttributeForm):
    """A definition with what it is added to."""

    facet = forms.ChoiceField(label=_("Kind of information"))
    name = forms.CharField(
        label=_("Technical name"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}),
        help_text=_("Small letters, digits, underscores; in files and bodies “x_” stands before it."),
    )
    field_order = ("facet", "name", *AttributeForm.base_fields)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        facets: Any = self.fields["facet"]
        facets.choices = [
            (f.name, f.model._meta.verbose_name) for f in registry.facets() if f.told and not f.recorded
        ]


@dataclass(frozen=True, slots=True)
class _Shown:
    """A version as the list draws it."""

    version: Any
    url: str


@page("dictionary/", "dictionary", versions.VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """What the dictionary holds, the attributes first, and its newest versions."""
    actor, at = actor_of(request), timezone.now()
    told = versions.now_told(actor, at=at)
    found = versions.versions(actor, at=at, size=NEWEST).rows
    language, added = reader_language(), _attributes(actor)
    facets = [
        {
            "name": name,
            "label": facet[language],
            "subject": told["subjects"][facet["subject"]][language],
            "fields": [{"name": n, "label": f[language], **f} for n, f in facet["fields"].items()],
            "attributes": [a for a in added if a["facet"] == name],
        }
        for name, facet in told["facets"].items()
    ]
    context = {
        "title": _("Model dictionary"),
        "number": told["version"],
        "facets": facets,
        "attributes": added,
        "versions": [_Shown(row, _compare_url(row.number - 1, row.number)) for row in found],
        "add_url": reverse("admin:attribute_add") if actor.may(defining.RIGHT) else "",
    }
    return render_page(request, "panorama/dictionary.html", context)


def _attributes(actor: Actor) -> list[dict[str, Any]]:
    today, filling = timezone.localdate(), unfinished()
    return [
        {
            "facet": row.facet,
            "facet_label": registry.facet(row.facet).model._meta.verbose_name,
            "name": f"x_{row.name}",
            "label": row.label_zh if reader_language() == "zh" else row.label_en,
            "kind": row.get_kind_display(),
            "mask": row.mask,
            "searchable": row.searchable,
            "filling": filling.get(row.facet) if row.searchable else None,
            "ended": row.valid_to is not None and row.valid_to <= today,
            "url": reverse("admin:attribute_change", args=[row.facet, row.name]),
        }
        for row in defining.attributes(actor)
    ]


def _compare_url(one: int, other: int) -> str:
    return f"{reverse('admin:dictionary_compare')}?one={one}&other={other}"


@page("dictionary/compare/", "dictionary_compare", versions.VIEW)
def compare(request: HttpRequest) -> HttpResponse:
    """What differs from one version to another."""
    actor, at = actor_of(request), timezone.now()
    one, other = (_number(request.GET.get(name, "")) for name in ("one", "other"))
    found = versions.compared(actor, one, other, at=at)
    context = {
        "title": _("Versions %(one)d and %(other)d") % {"one": one, "other": other},
        "crumbs": _crumbs(),
        "rows": found[:MOST],
        "more": len(found) > MOST,
    }
    return render_page(request, "panorama/dictionary_compare.html", context)


def _number(told: str) -> int:
    found = number_in(told, digits=9)
    if found is None:
        raise NotFound("dictionary.version", _("There is no such version of the model dictionary."))
    return found


@page("dictionary/attributes/add/", "attribute_add", defining.RIGHT)
def add(request: HttpRequest) -> HttpResponse:
    """A new attribute."""
    form = NewAttributeForm(request.POST or None, initial=defining.blank())
    return _answer(request, form, _("New attribute"))


@page("dictionary/attributes/<str:facet>/<str:name>/", "attribute_change", defining.RIGHT)
def change(request: HttpRequest, facet: str, name: str) -> HttpResponse:
    """One attribute: what stands, to be changed or ended."""
    row = defining.attribute(actor_of(request), facet, name)
    stands = {member: getattr(row, member) for member in TOLD}
    form = AttributeForm(request.POST or None, initial={**stands, "opened": defining.tag(row)})
    return _answer(request, form, str(row), (facet, name))


def _answer(
    request: HttpRequest, form: AttributeForm, title: Any, about: tuple[str, str] | None = None
) -> HttpResponse:
    """The form; sent for a preview, with what would come of it; else asked for."""
    actor, impact = actor_of(request), None
    if request.method == "POST" and form.is_valid():
        facet, name = about or (form.cleaned_data["facet"], form.cleaned_data["name"])
        try:
            if "preview" in request.POST:
                found = defining.foreseen(actor, facet, name, form.told(), at=timezone.now())
                impact = defining.told_impact(found)
            else:
                return _asked(request, actor, facet, name, form)
        except (Invalid, Duplicate, Stale) as refusal:
            add_errors(form, refusal)
    context = {
        "title": title,
        "crumbs": _crumbs(),
        "form": form,
        "impact": impact,
        "reasons": REASONS,
        "about": about,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render_page(request, "panorama/attribute.html", context, status=status)


def _asked(request: HttpRequest, actor: Actor, facet: str, name: str, form: AttributeForm) -> HttpResponse:
    reason, opened = form.cleaned_data["reason"], form.cleaned_data["opened"]
    done = defining.change(actor, facet, name, form.told(), reason=reason, at=timezone.now(), opened=opened)
    message, target = went(done, _("The attribute was saved."), reverse("admin:dictionary"))
    messages.success(request, message)
    return HttpResponseRedirect(target)


def _crumbs() -> list[dict[str, Any]]:
    return [{"url": reverse("admin:dictionary"), "label": _("Model dictionary")}]


menu.add(
    menu.Item("control", _("Model dictionary"), "admin:dictionary", "list", versions.VIEW, "g m", order=35)
)
