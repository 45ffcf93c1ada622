"""Client systems: registered, limited, given keys and secrets, switched off. Secrets are shown once."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.backoffice import menu
from mdm.backoffice.admins import ServiceAdmin
from mdm.backoffice.approvals import request_url
from mdm.backoffice.branches import BranchField
from mdm.backoffice.forms import ReasonForm, add_errors
from mdm.backoffice.lists import Cell, Column, ListQuery
from mdm.backoffice.pages import render_page
from mdm.errors import Duplicate, Invalid, NotFound
from mdm.paging import Page, newest_first, number_in
from security.access.actor import Actor
from security.access.client import in_force, visible_clients
from security.access.roles import PERMISSIONS
from security.admin.roles import PatternsField, actor_with
from security.approvals.requests import Done
from security.authentication.freshness import fresh
from security.models import ApiClient
from security.selectors.clients import due_secrets, visible_keys
from security.services import client_proof, client_requests, clients

#: What is shown once: what it is, and the secret itself.
Secret = tuple[Any, str]
_PLAIN = {"autocomplete": "off", "spellcheck": "false"}


class ClientForm(ReasonForm):
    """A new client system."""

    field_order = ("client_id", "name", "org", "answerable", "scopes", "reason")
    client_id = forms.CharField(label=_("Client id"), max_length=32, widget=forms.TextInput(attrs=_PLAIN))
    name = forms.CharField(label=_("Name"), max_length=60)
    org = BranchField(label=_("Branch"), help_text=_("It acts as an account of this branch."))
    answerable = forms.CharField(
        label=_("Answered for by"),
        max_length=150,
        widget=forms.TextInput(attrs=_PLAIN),
        help_text=_(
            "User name of a member of staff: what the system asks for, this person does not approve."
        ),
    )
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=[(code, code) for code in PERMISSIONS],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("It may do what both its role and its scopes allow."),
    )


class LimitForm(forms.Form):
    """From where it may call, how often, and whether it signs."""

    networks = PatternsField(
        label=_("Networks"),
        required=False,
        max_length=2000,
        help_text=_("Such as 10.1.0.0/16, with commas between them; empty: from anywhere."),
    )
    quota = forms.IntegerField(
        label=_("Requests a minute"), required=False, min_value=1, max_value=1_000_000,
        help_text=_("Empty: as for all."),
    )  # fmt: skip
    signed_only = forms.BooleanField(label=_("Signed requests only"), required=False)
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"list": "reasons", "autocomplete": "off"}),
        help_text=_(
            "What only tightens holds at once; what lets more in needs a reason and a second person."
        ),
    )


class KeyForm(ReasonForm):
    """A key to sign with."""

    field_order = ("key_id", "public_key", "reason")
    key_id = forms.CharField(label=_("Key id"), max_length=40, widget=forms.TextInput(attrs=_PLAIN))
    public_key = forms.CharField(
        label=_("SM2 public key"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={**_PLAIN, "rows": 3}),
        help_text=_(
            "The point in hex, or a certificate in PEM; empty: a shared key for HMAC-SM3 is made and shown once."
        ),
    )


def _limit(actor: Actor, client: ApiClient, told: dict[str, Any], at: datetime) -> Done:
    return client_requests.limit(actor, client.client_id, at=at, **told)


def _key(actor: Actor, client: ApiClient, told: dict[str, Any], at: datetime) -> Done:
    return client_requests.add_key(actor, client.client_id, at=at, **told)


def _revoke(actor: Actor, client: ApiClient, told: dict[str, Any], at: datetime) -> None:
    client_proof.revoke_key(actor, client.client_id, told["key_id"], at=at)


def _rotate(actor: Actor, client: ApiClient, told: dict[str, Any], at: datetime) -> Done:
    return client_requests.rotate(actor, client.client_id, reason=told["reason"], at=at)


def _collect(actor: Actor, client: ApiClient, told: dict[str, Any], at: datetime) -> Secret:
    found = client_requests.collect(actor, client.client_id, told["what"], at=at)
    label = _("The shared key for HMAC-SM3, in hex") if found.key_id else _("The token")
    return label, found.secret


def _off(actor: Actor, client: ApiClient, told: dict[str, Any], at: datetime) -> None:
    clients.switch_off(actor, client.client_id, at=at)


class NamedKeyForm(forms.Form):
    """The key that a button names."""

    key_id = forms.CharField(max_length=40)


class CollectForm(forms.Form):
    """The secret that a button names."""

    what = forms.CharField(max_length=44)


#: Buttons of a client's page: what is sent with each, what it does, and what is said.
ACTS: dict[str, tuple[type[forms.Form], Callable[..., Secret | Done | None], Any]] = {
    "limit": (LimitForm, _limit, _("The limits hold from now on.")),
    "key": (KeyForm, _key, _("The key was registered.")),
    "revoke": (NamedKeyForm, _revoke, _("The key has ended.")),
    "rotate": (ReasonForm, _rotate, _("The old secret has ended.")),
    "collect": (CollectForm, _collect, _("It was made now and is shown this once.")),
    "off": (forms.Form, _off, _("The system is switched off.")),
}


_SECRET_WAITS = _("A second person has to agree. Then you collect the secret here.")
_LOOSER_WAITS = _("A second person has to agree. Until then the limits stay as they are.")


@admin.register(ApiClient)
class ClientAdmin(ServiceAdmin[ApiClient]):
    """Client systems of the branches whose users the reader manages."""

    view_right = add_right = change_right = "user.manage"
    add_label = _("New client system")

    @property
    def columns(self) -> Sequence[Column[ApiClient]]:  # type: ignore[override]
        return (
            Column(
                _("Client id"), lambda row: Cell(row.client_id, url=self.url("change", row.pk), main=True)
            ),
            Column(_("Name"), lambda row: Cell(row.name)),
            Column(_("Branch"), lambda row: Cell(row.user.org or "—")),
            Column(_("Networks"), lambda row: Cell(", ".join(row.networks) or _("anywhere"), "mono")),
            Column(_("Requests a minute"), lambda row: Cell(row.quota or "—")),
            Column(_("Proof"), lambda row: Cell(_("request signature") if row.signed_only else _("token"))),
            Column(_("State"), _state),
        )

    def find(self, actor: Actor, query: ListQuery, at: datetime) -> Page[Any]:
        return newest_first(visible_clients(actor), query.after_id, query.size)

    @fresh(methods=("POST",))
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        actor = actor_with(request, self.add_right)
        form = ClientForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            told = dict(form.cleaned_data)
            org = told.pop("org")
            try:
                done = client_requests.issue(
                    actor, told.pop("client_id"), org_code=org.code, at=timezone.now(), **told
                )
            except (Invalid, Duplicate) as refusal:
                add_errors(form, refusal)
            else:
                return self._waits(request, done, _SECRET_WAITS) or self._page(
                    request, actor, done.result.client, secret=(_("The token"), done.result.token)
                )
        context = {"title": _("New client system"), "crumbs": self._crumbs(), "form": form}
        return render_page(request, self.form_template, context, status=422 if form.is_bound else 200)

    @fresh(methods=("POST",))
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        actor = actor_with(request, self.change_right)
        number = number_in(object_id) or 0
        client = visible_clients(actor).filter(pk=number).first()
        if client is None:
            raise NotFound("client.not_found", _("There is no such client."))
        act = request.POST.get("act", "")
        if request.method != "POST" or act not in ACTS:
            return self._page(request, actor, client)
        return self._done(request, actor, client, act)

    def _done(self, request: HttpRequest, actor: Actor, client: ApiClient, act: str) -> HttpResponseBase:
        kind, do, said = ACTS[act]
        form = kind(request.POST, auto_id=f"{act}_%s")
        if not form.is_valid():
            return self._page(request, actor, client, wrong={act: form})
        try:
            told = do(actor, client, form.cleaned_data, timezone.now())
        except (Invalid, Duplicate) as refusal:
            add_errors(form, refusal)
            return self._page(request, actor, client, wrong={act: form})
        if isinstance(told, Done) and told.request is not None:
            said = _LOOSER_WAITS if act == "limit" else _SECRET_WAITS
            return self._waits(request, told, said) or self._page(request, actor, client)
        messages.success(request, said)
        if isinstance(told, tuple):
            return self._page(request, actor, client, secret=told)
        return HttpResponseRedirect(self.url("change", client.pk))

    def _waits(self, request: HttpRequest, done: Done, said: Any) -> HttpResponseBase | None:
        """To the request that waits for a second person; None where it was done at once."""
        if done.request is None:
            return None
        messages.success(request, said)
        return HttpResponseRedirect(request_url(done.request.pk))

    def _page(
        self,
        request: HttpRequest,
        actor: Actor,
        client: ApiClient,
        *,
        secret: Secret | None = None,
        wrong: dict[str, forms.Form] | None = None,
    ) -> HttpResponse:
        limits = {name: getattr(client, name) for name in ("networks", "quota", "signed_only")}
        context = {
            "title": client.name,
            "crumbs": self._crumbs(),
            "client": client,
            "address": self.url("change", client.pk),
            "state": _state(client),
            "keys": visible_keys(actor, client.client_id),
            "secret": secret,
            "limit_form": (wrong or {}).get("limit") or LimitForm(initial=limits, auto_id="limit_%s"),
            "key_form": (wrong or {}).get("key") or KeyForm(auto_id="key_%s"),
            "rotate_form": (wrong or {}).get("rotate") or ReasonForm(auto_id="rotate_%s"),
            "due": [
                (one, client_requests.may_collect(actor, client, one.what, timezone.now()))
                for one in due_secrets(client)
            ],
        }
        response = render_page(request, "panorama/client.html", context, status=422 if wrong else 200)
        response["Cache-Control"] = "no-store"
        return response

    def _crumbs(self) -> list[dict[str, Any]]:
        return [{"url": self.url("changelist"), "label": self.opts.verbose_name_plural}]


def _state(row: ApiClient) -> Cell:
    held = in_force(row, timezone.now())
    return Cell(_("enabled") if held else _("switched off"), "tag", "ok" if held else "")


menu.add(
    menu.Item(
        "control",
        _("Client systems"),
        "admin:security_apiclient_changelist",
        "grant",
        "user.manage",
        order=35,
    )
)
