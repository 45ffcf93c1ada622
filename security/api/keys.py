"""Keys over REST: to look at only; ceremonies are held by persons."""

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from mdm.rest.fields import Fields
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView
from security.selectors.keys import VIEW, KeyView, key_tree


class EncryptionKeyFields(Fields):
    """One version of a key."""

    level = serializers.ChoiceField(choices=["L1", "L2", "L3"])
    name = serializers.CharField(help_text=_("Root, domain or purpose."))
    key_id = serializers.IntegerField()
    version = serializers.IntegerField()
    state = serializers.CharField()
    check_value = serializers.CharField(help_text=_("First three bytes of an encrypted zero block."))
    algorithm = serializers.CharField(allow_blank=True)
    wrapped_by = serializers.CharField(help_text=_("The key that wraps it."))
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()
    state_since = serializers.DateTimeField(allow_null=True)
    values = serializers.DictField(
        child=serializers.IntegerField(), help_text=_("How many values each column holds under it.")
    )


class EncryptionKeysFields(Fields):
    """Every key."""

    keys = EncryptionKeyFields(many=True)


class KeysView(ApiView):
    """`/keys`."""

    @operation(
        Operation(
            scope=VIEW,
            name="keys_list",
            summary=_("List keys"),
            description=_("Levels, versions, states and how many values are under each. Never a key itself."),
            tag="keys",
            answer=EncryptionKeysFields,
        )
    )
    def get(self, call: Call) -> Answer:
        """The tree, flat."""
        return Answer({"keys": [_told(key) for key in key_tree(call.actor)]})


def _told(key: KeyView) -> dict[str, Any]:
    renamed = {**asdict(key), "check_value": key.check, "wrapped_by": key.parent}
    return {name: value for name, value in renamed.items() if name not in ("check", "parent", "actions")}
