"""ACCOUNT_ADAPTER and SOCIALACCOUNT_ADAPTER: what allauth's flows do with our accounts."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from mdm.conf import conf
from security.authentication import ending
from security.authentication.backend import StaffBackend
from security.models import User

#: The claim of an identity provider that holds our user name.
CLAIM = conf.get("OIDC_CLAIM", "preferred_username")


_YEAR = 365 * 24 * 3600


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Sign-in of people whom an administrator has made; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_stages(self) -> list[str]:
        """After the password or the identity provider only the second factor."""
        return ["allauth.mfa.stages.AuthenticateStage"]

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """`security.authentication.freshness` decides, one rule for every page."""
        return False

    def add_message(self, *args: Any, **more: Any) -> None:
        """Our pages say what happened."""

    def send_notification_mail(self, *args: Any, **more: Any) -> None:
        """The operation log has it."""

    def pre_login(self, request: HttpRequest, user: AbstractBaseUser, **more: Any) -> HttpResponse | None:
        """Closed accounts and systems do not get in, whichever way they came."""
        if StaffBackend().user_can_authenticate(user):
            return None
        return self.respond_user_inactive(request, user)

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        return _refused(request)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **more: Any) -> HttpResponse:
        """Go on; the language of the profile wins from here on."""
        response: HttpResponse = super().post_login(request, user, **more)
        chosen = getattr(user, "language", "")
        if chosen in dict(settings.LANGUAGES):
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                chosen,
                max_age=_YEAR,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Strict",
            )
        return response

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Every proof was given: the session begins."""
        if not isinstance(user, User):
            raise TypeError("sign-in is for our own accounts")
        user.backend = f"{StaffBackend.__module__}.{StaffBackend.__qualname__}"
        super().login(request, user)
        ending.begun(request, user, at=timezone.now())


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Sign-in through the bank's identity provider (OpenID Connect): it names one of our accounts."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Link the provider's subject to the account it names; keep nothing else of what it told."""
        claims = _claims(sociallogin)
        sociallogin.account.extra_data = {}
        if sociallogin.is_existing:
            sociallogin.account.save(update_fields=["extra_data"])
            return
        user = User.objects.filter(
            username=str(claims.get(CLAIM) or ""), is_staff=True, is_active=True
        ).first()
        if user is None:
            raise ImmediateHttpResponse(_refused(request))
        sociallogin.connect(request, user)

    def on_authentication_error(self, request: HttpRequest, provider: Any, **more: Any) -> None:
        """Cancelled, forged, expired or simply down: back to the sign-in page."""
        raise ImmediateHttpResponse(_refused(request))


def _claims(sociallogin: SocialLogin) -> dict[str, Any]:
    told = sociallogin.account.extra_data or {}
    return dict(told.get("userinfo") or told.get("id_token") or told)


def _refused(request: HttpRequest) -> HttpResponse:
    """One answer for every refusal, so that nobody learns which accounts exist."""
    ending.refused(request, at=timezone.now())
    messages.error(request, _("You could not be signed in. Try again, or ask your administrator."))
    return HttpResponseRedirect(reverse("admin:login"))
