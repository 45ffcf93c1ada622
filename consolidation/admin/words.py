"""What matching says, in the reader's language: vetoes, compared fields, levels of agreement."""

from django.utils.translation import gettext_lazy as _

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
    "missing": _("not told by both"),
    "differs": _("not the same at all"),
    "partly": _("partly the same"),
    "sounds alike": _("sounds alike"),
    "swapped or alias": _("swapped or another name"),
    "same": _("the same"),
    "two parts": _("two of three parts"),
    "one edit": _("one slip of the pen"),
    "same place and birth": _("same place and birth"),
    "last eight": _("last eight digits"),
    "same mailbox": _("same mailbox"),
    "a little": _("a little alike"),
    "close": _("nearly the same"),
    "same house": _("same house"),
    "same area": _("same area"),
}
