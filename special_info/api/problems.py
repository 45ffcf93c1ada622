"""Problem types of special information."""

from django.utils.translation import gettext_lazy as _

from mdm.rest.catalogue import ProblemType, register

register(
    ProblemType(
        "state.refused",
        409,
        _("Not possible in this state"),
        _("Read the record again: its state says what may be done."),
    ),
    ProblemType(
        "record.kept",
        409,
        _("Handed in already"),
        _("Take the record back to change it, or begin a new one."),
    ),
    ProblemType("record.number_taken", 409, _("Number taken"), _("Give the record a number of its own.")),
    ProblemType(
        "record.by_file", 409, _("Comes as a file"), _("Send the payments; the batch is made of them.")
    ),
    ProblemType(
        "declaration.unknown",
        422,
        _("No such self-certification"),
        _("Add the self-certification first, then what belongs to it."),
    ),
)
