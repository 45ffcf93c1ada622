"""Choosing a branch: its code is typed, a list of matching branches helps."""

from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from mdm.backoffice.pages import page
from security.models import Organisation

#: How many branches the list of suggestions shows.
SUGGESTIONS = 20


def branch_named(code: str) -> str:
    """A branch as people call it, by its code; the code where there is none."""
    return str(Organisation.objects.filter(code=code).first() or code)


class BranchField(forms.CharField):
    """A branch by its code."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {
            "list": "branches",
            "autocomplete": "off",
            "spellcheck": "false",
            "hx-get": reverse_lazy("admin:branches"),
            "hx-trigger": "input changed delay:250ms",
            "hx-target": "#branches",
        }
        super().__init__(max_length=20, widget=forms.TextInput(attrs=attrs), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """The code of a stored branch."""
        return value.code if isinstance(value, Organisation) else value

    def clean(self, value: Any) -> Any:
        """The branch; refused where there is none in operation under this code."""
        code = super().clean(value)
        if not code:
            return None
        found = Organisation.objects.filter(code=code.split(" ")[0], active=True).first()
        if found is None:
            raise forms.ValidationError(_("There is no branch with this code."), code="branch.unknown")
        return found


@page("lookup/branches/", "branches")
def branches(request: HttpRequest) -> HttpResponse:
    """Branches whose code or name begins with what was typed, as options of a list."""
    typed = (request.GET.get("org") or request.GET.get("q") or "").strip()[:40]
    begins = Q(code__startswith=typed) | Q(name_zh__contains=typed) | Q(name_en__icontains=typed)
    found = (
        Organisation.objects.filter(begins, active=True)[:SUGGESTIONS]
        if typed
        else Organisation.objects.none()
    )
    return render(request, "panorama/parts/branches.html", {"branches": found})
