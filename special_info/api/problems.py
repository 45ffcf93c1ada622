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
        "state.not_by_hand",
        403,
        _("Not done by hand"),
        _("Ask for it: it follows from an approval, or from the clock."),
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
    ProblemType(
        "declaration.incomplete",
        422,
        _("Self-certification incomplete"),
        _("Each place under “errors” says what is missing or wrong; nothing is assumed in its place."),
    ),
    ProblemType(
        "declaration.unexplained",
        422,
        _("Conflict not explained"),
        _(
            "Each place under “errors” names a conflict with what the bank knows: explain it in “explanation”."
        ),
    ),
    ProblemType("assessment.regime", 422, _("Regime not in force"), _("Name a regime that is in force.")),
    ProblemType(
        "assessment.not_met",
        422,
        _("No branch is met"),
        _("Each place under “errors” says why a criterion does not count."),
    ),
    ProblemType(
        "agreement.incomplete",
        422,
        _("Agreement incomplete"),
        _("Correct the places listed under “errors”."),
    ),
    ProblemType(
        "batch.refused",
        422,
        _("Batch refused as a whole"),
        _("Correct the places listed under “errors” and send the batch again; nothing was kept."),
    ),
    ProblemType(
        "batch.flawed",
        422,
        _("Payments that cannot be made"),
        _("Refuse the batch and have it sent again without the lines listed under “errors”."),
    ),
    ProblemType(
        "batch.results",
        422,
        _("Results do not fit the batch"),
        _("Tell each line of the batch once."),
    ),
    ProblemType("worklist.unknown", 404, _("No such list"), _("Check the address.")),
)
