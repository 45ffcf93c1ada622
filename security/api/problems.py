"""Problem types of the security floor."""

from django.utils.translation import gettext_lazy as _

from mdm.rest.catalogue import ProblemType, register

register(
    ProblemType("client.id", 422, _("Client id not accepted"), _("Choose another client id.")),
    ProblemType("client.scope", 422, _("Scope unknown"), _("Name scopes from the list of permissions.")),
    ProblemType("client.org", 422, _("Branch unknown"), _("Name the code of a branch in operation.")),
    ProblemType("client.exists", 409, _("Client id taken"), _("Choose another client id.")),
    ProblemType("client.not_found", 404, _("No such client"), _("Check the client id.")),
)
