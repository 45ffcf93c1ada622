"""The generated pages of `docs/reference`: each is computed from the code that it describes."""

from collections.abc import Callable

from mdm.management.reference import access, commands, dictionary, errors, layouts, rules

#: File below `docs/reference` -> what writes it.
PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands.page,
    "data-dictionary.md": dictionary.page,
    "errors.md": errors.page,
    "layouts.md": layouts.page,
    "permissions.md": access.page,
    "rules.md": rules.page,
}
