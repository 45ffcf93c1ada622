"""AUTHENTICATION_BACKENDS: a member of staff by name and password, a few tries a window."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.utils import timezone

from security.access.compiled import Compiled
from security.authentication import attempts
from security.authentication.names import fold
from security.authentication.passwords import refuse_unused
from security.models import User

_OWN = Compiled(lambda pk: User.objects.select_related("org").filter(pk=pk), pk=-7)


class StaffBackend(ModelBackend):
    """Only open accounts of people sign in; systems have tokens. Raises `attempts.Locked`, NotAllowed
    `password.unused`."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **more: Any,
    ) -> User | None:
        if not username or password is None:
            return None
        address, at = (request.META.get("REMOTE_ADDR") or "" if request else ""), timezone.now()
        attempts.take_from(address, at=at)
        attempts.take(username, at=at)
        user = account_called(username)
        if user is None:
            User().set_password(password)  # as long as looking at a real one takes
            return None
        if user.check_password(password) and self.user_can_authenticate(user):
            attempts.give_back(username)
            attempts.give_back_to(address)
            refuse_unused(user, at=at)
            return user
        attempts.note_whose(username, user.pk)
        return None

    def get_user(self, user_id: Any) -> User | None:
        """Whose session it is, with the branch, where the account is still open."""
        user = next(iter(_OWN(pk=user_id)), None)
        return user if user is not None and self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: Any) -> bool:
        return isinstance(user, User) and user.is_active and user.is_staff


def account_called(name: str) -> User | None:
    """The account whose name this is: exactly, else but for case, width, accents and blanks."""
    exact = User.objects.filter(username=name).first()
    return exact or User.objects.filter(sign_in__name_key=fold(name)).first()
