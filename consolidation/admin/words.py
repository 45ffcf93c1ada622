"""What matching says, in the reader's language: vetoes, compared fields, levels of agreement."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mdm.errors import Text

#: What speaks against a merge (`consolidation.matching.vetoes`).
VETOES: dict[str, Text] = {
    "PARTY": _("a person and an organisation"),
    "NEVER_MATCH": _("found different before"),
    "NUMBERS": _("different document numbers"),
    "SEX": _("different sex"),
    "BIRTH": _("different birth dates"),
    "NAMES": _("different names"),
    "PROFILE": _("name and birth date differ"),
    "CLOSED": _("one is closed"),
    "DECEASED": _("one is deceased"),
    "PROTECTED": _("one is protected"),
    "GROUP_SIZE": _("the group is too large"),
    "AMBIGUOUS": _("several are as likely"),
}
#: What is compared (`consolidation.matching.comparison.FIELDS`), and the corrections of `explain`.
FIELDS: dict[str, Text] = {
    "surname": _("Surname"),
    "given": _("Given name"),
    "birth": _("Birth date"),
    "number": _("Document number"),
    "phone": _("Telephone"),
    "email": _("E-mail"),
    "address": _("Address"),
    "place": _("District"),
    "sex": _("Sex"),
    "prior": _("Two customers at random"),
    "common_name": _("How common the name is"),
    "household": _("What relatives share"),
}
#: How well it agrees (`consolidation.matching.comparison.LEVELS`).
LEVELS: dict[str, Text] = {
    "": "",
    "missing": pgettext_lazy("agreement", "missing"),
    "differs": pgettext_lazy("agreement", "differs"),
    "partly": pgettext_lazy("agreement", "partly the same"),
    "sounds alike": pgettext_lazy("agreement", "sounds alike"),
    "swapped or alias": pgettext_lazy("agreement", "swapped or another name"),
    "same": pgettext_lazy("agreement", "the same"),
    "two parts": pgettext_lazy("agreement", "two of three parts"),
    "one edit": pgettext_lazy("agreement", "one slip of the pen"),
    "same place and birth": pgettext_lazy("agreement", "same place and birth"),
    "last eight": pgettext_lazy("agreement", "last eight digits"),
    "same mailbox": pgettext_lazy("agreement", "same mailbox"),
    "a little": pgettext_lazy("agreement", "a little alike"),
    "close": pgettext_lazy("agreement", "close"),
    "same house": pgettext_lazy("agreement", "same house"),
    "same area": pgettext_lazy("agreement", "same area"),
}
