"""Loading a file from the screen: choose layout, mode and date, try it first, then load."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batch.formats.control import control_path
from batch.formats.lines import RowError
from batch.layouts.facet import FacetLayout
from batch.layouts.registry import layouts
from batch.services.delivering import deliver
from batch.services.loading import Loaded, dry_run
from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.approvals import went
from mdm.backoffice.forms import DayField, add_errors
from mdm.backoffice.pages import page, render_page
from mdm.errors import Duplicate, Invalid
from mdm.rest.uploads import as_paths, plain_name
from security.access.actor import Actor

#: How many refused rows a trial shows.
SHOWN = 200
MODES = (("delta", _("changes since the last file")), ("full", _("everything the source has")))


def _layouts() -> list[tuple[Any, Any]]:
    """Layouts of customers, then those of single facets."""
    told = [(isinstance(known, FacetLayout), (known.name, known.label)) for known in layouts()]
    whole, single = ([choice for by_facet, choice in told if by_facet is wanted] for wanted in (False, True))
    return [(_("Customers"), whole), (_("Single entries"), single)]


class LoadForm(forms.Form):
    """A file, how to read it, and the day it stands for."""

    file = forms.FileField(label=_("File"))
    control = forms.FileField(
        label=_("Control file"),
        required=False,
        help_text=_("Where the layout demands one: rows, digest, date"),
    )
    layout = forms.ChoiceField(label=_("Layout"), choices=_layouts)
    mode = forms.ChoiceField(
        label=_("The file holds"), choices=(("", _("as its control file says")), *MODES), required=False
    )
    business_date = DayField(
        label=_("Business date"), required=False, help_text=_("Empty: as its control file says, or today")
    )


@page("load/", "load", "load.run")
def load(request: HttpRequest) -> HttpResponse:
    """Try a file, which writes nothing, or load it, which makes a run or asks a second person."""
    form = LoadForm(request.POST or None, request.FILES or None)
    if request.method != "POST":
        return _page(request, form)
    if not form.is_valid():
        return _page(request, form, status=422)
    actor = actor_of(request)
    try:
        with _received(form.cleaned_data) as path:
            if "try" in request.POST:
                return _tried(request, form, actor, path)
            return _submitted(request, form, actor, path)
    except (Duplicate, Invalid) as refusal:
        add_errors(form, refusal)
        return _page(request, form, status=422)


@contextmanager
def _received(told: dict[str, Any]) -> Iterator[Path]:
    """The path of the sent file, its control file beside it; both stay in memory."""
    name = plain_name(told["file"])
    control = {control_path(Path(name)).name: told["control"]} if told["control"] else {}
    with as_paths({name: told["file"], **control}) as folder:
        yield folder / name


def _order(told: dict[str, Any]) -> dict[str, Any]:
    day: date | None = told["business_date"]
    return {"mode": told["mode"] or None, "business_date": day}


def _tried(request: HttpRequest, form: LoadForm, actor: Actor, path: Path) -> HttpResponse:
    """What a load would do, and every row it would refuse (the first ones are shown)."""
    told, refused = form.cleaned_data, list[RowError]()
    result: Loaded = dry_run(
        actor, path, told["layout"], **_order(told), at=timezone.now(), found=refused.append
    )
    return _page(
        request, form, result=result.as_json(), refused=refused[:SHOWN], hidden=max(0, len(refused) - SHOWN)
    )


def _submitted(request: HttpRequest, form: LoadForm, actor: Actor, path: Path) -> HttpResponse:
    """The run that loads the file, sent to a worker; or the request that waits."""
    told = form.cleaned_data
    done = deliver(actor, path, told["layout"], **_order(told), at=timezone.now(), file_name=path.name)
    run = reverse("admin:run", args=[done.result.pk]) if done.request is None else ""
    message, target = went(done, _("The file was taken; this page follows its run."), run)
    messages.success(request, message)
    return HttpResponseRedirect(target)


def _page(request: HttpRequest, form: LoadForm, status: int = 200, **more: Any) -> HttpResponse:
    crumbs = [{"url": reverse("admin:mdm_jobrun_changelist"), "label": _("Runs")}]
    context = {"title": _("Load a file"), "form": form, "crumbs": crumbs, **more}
    return render_page(request, "panorama/load.html", context, status=status)


menu.add(menu.Item("batch", _("Load a file"), "admin:load", "upload", "load.run", order=20))
