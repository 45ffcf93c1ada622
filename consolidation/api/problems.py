"""Problem types of consolidation."""

from django.utils.translation import gettext_lazy as _

from mdm.rest.catalogue import ProblemType, register

_READ = _("Read the case again.")
register(
    ProblemType("case.unknown", 404, _("No such duplicate case"), _("Check the number and your branches.")),
    ProblemType("case.decided", 409, _("The case is decided"), _READ),
    ProblemType("case.apart", 409, _("Declared different"), _("Somebody has declared these two different.")),
    ProblemType("case.stale", 412, _("A customer has changed"), _("Read the case again and look at both.")),
    ProblemType("case.verdict", 422, _("Verdict unknown"), _("Send SAME or NOT_SAME.")),
    ProblemType("case.contradiction", 422, _("One customer already"), _("Take the merge back instead.")),
    ProblemType("merge.unknown", 404, _("No such merge"), _("Check the number and your branches.")),
    ProblemType("merge.undone", 409, _("Taken back already"), _("Nothing is to be done.")),
    ProblemType("merge.inner", 409, _("A later merge builds on it"), _("Take the later merge back first.")),
)
