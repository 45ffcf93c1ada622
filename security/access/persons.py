"""Who is who: the one person behind some accounts, wherever two hands must be two persons.

Accounts with one staff number are one person; an account without one is a person of its own. A client
system bears the staff number of the member of staff who answers for it.
"""

import re
import unicodedata

from django.db.models import Q, QuerySet
from django.db.models.functions import Trim, Upper
from django.utils.translation import gettext_lazy as _

from mdm.errors import FieldError, Invalid
from security.models import User

_NUMBER = re.compile(r"[0-9A-Z][0-9A-Z._/-]{0,19}")


def number_of(text: str) -> str:
    """A staff number as it is compared: half width, capitals, no blanks around it."""
    return unicodedata.normalize("NFKC", text).strip().upper()


def checked_number(text: str) -> str:
    """A staff number as it is stored. Raises Invalid `user.staff_no` for none, and for what is none."""
    number = number_of(text)
    if not _NUMBER.fullmatch(number):
        told = _("A staff number is 1 to 20 letters and digits.")
        raise Invalid("user.staff_no", told, [FieldError("/staff_no", "user.staff_no", told)])
    return number


def person_of(user: User) -> str:
    """The person behind an account."""
    number = number_of(user.staff_no)
    return f"staff:{number}" if number else f"user:{user.pk}"


def person_with(user_id: int | None) -> str:
    """The person behind the account of this id; empty for no account, which is nobody."""
    user = User.objects.filter(pk=user_id or 0).first()
    return person_of(user) if user else ""


def accounts_of(user: User) -> QuerySet[User]:
    """Every account of the person behind an account, systems they answer for included."""
    number = number_of(user.staff_no)
    if not number:
        return User.objects.filter(pk=user.pk)
    return User.objects.alias(number_=Upper(Trim("staff_no"))).filter(number_=number)


def lock_person(user_id: int) -> None:
    """Lock every account of the person behind an account until the transaction ends, in the order of their ids: what
    a person holds by all of them is then decided by one transaction after the other."""
    user = User.objects.filter(pk=user_id).first()
    if user is not None:
        lock_number(user_id, user.staff_no)


def lock_number(user_id: int, staff_no: str) -> None:
    """The same for the person that an account and all with a staff number are, or will be."""
    told = User.objects.alias(number_=Upper(Trim("staff_no")))
    theirs = Q(pk=user_id) | (Q(number_=number) if (number := number_of(staff_no)) else Q())
    list(told.filter(theirs).select_for_update().order_by("pk").values_list("pk"))


def same_person(user_id: int | None, other: User) -> bool:
    """Whether the account of this id and another account are one person's."""
    return user_id is not None and (user_id == other.pk or person_with(user_id) == person_of(other))
