"""Errors planted into single rows, one a row, so that a demonstration has something to find."""

from collections.abc import Callable

from batch.synthetic.account import Fields
from batch.synthetic.chance import Chance
from batch.synthetic.contacts import PLACEHOLDERS

_Plant = Callable[[Chance, Fields], bool]


def _wrong_check_digit(chance: Chance, fields: Fields) -> bool:
    """The last sign of a citizen number or credit code is another one."""
    number = fields.get("id_number", "")
    if len(number) != 18 or not number.isascii():
        return False
    fields["id_number"] = number[:17] + chance.pick([sign for sign in "0123456789" if sign != number[17]])
    return True


def _birth_date_not_of_number(chance: Chance, fields: Fields) -> bool:
    birth = fields.get("birth_date", "")
    if fields.get("id_type") != "P01" or not birth:
        return False
    fields["birth_date"] = (
        f"{int(birth[:4]) - 1 - chance.below(3)}{birth[4:6]}{chance.pick(('03', '11', '19'))}"
    )
    return True


def _impossible_date(chance: Chance, fields: Fields) -> bool:
    column = chance.pick(("birth_date", "opened_on", "id_issue_date"))
    if not fields.get(column):
        return False
    fields[column] = fields[column][:4] + chance.pick(("0230", "1301", "0000", "0431"))
    return True


def _unknown_code(chance: Chance, fields: Fields) -> bool:
    if fields["party_type"] == "PERSON":
        fields |= chance.pick(
            ({"sex": "7"}, {"nationality": "QQQ"}, {"marital_status": "77"}, {"education": "5A"})
        )
    else:
        fields |= chance.pick(({"industry": "ZZ"}, {"economy_type": "777"}, {"nationality": "QQQ"}))
    return True


def _blank_name(_chance: Chance, fields: Fields) -> bool:
    fields["name"] = ""
    return True


def _control_character(chance: Chance, fields: Fields) -> bool:
    name = fields["name"]
    fields["name"] = name[:1] + chance.pick(("\x07", "\x00", "\x1a", "\t")) + name[1:]
    return True


def _too_long(chance: Chance, fields: Fields) -> bool:
    """Longer than the column of the database, at times longer than the layout lets any value be."""
    fields["residence_detail"] = (fields.get("residence_detail") or "某路1号") * chance.pick((40, 40, 400))
    return True


def _separator_inside(_chance: Chance, fields: Fields) -> bool:
    """The separator of the layout inside a value makes one column too many."""
    fields["residence_detail"] = (fields.get("residence_detail") or "某路1号") + "|!"
    return True


def _placeholder_telephone(chance: Chance, fields: Fields) -> bool:
    fields["mobile"] = chance.pick(PLACEHOLDERS)
    return True


def _placeholder_name(_chance: Chance, fields: Fields) -> bool:
    fields["name"] = "测试"
    return fields["party_type"] == "PERSON"


#: Kind of error and how it is planted; False where the row has nothing to plant it in.
PLANTS: dict[str, _Plant] = {
    "check_digit": _wrong_check_digit,
    "birth_date": _birth_date_not_of_number,
    "date": _impossible_date,
    "code": _unknown_code,
    "blank": _blank_name,
    "control": _control_character,
    "length": _too_long,
    "separator": _separator_inside,
    "placeholder_phone": _placeholder_telephone,
    "placeholder_name": _placeholder_name,
}
#: Kinds for which a row can only be refused.
REFUSED = frozenset({"control", "length", "separator"})
_KINDS = tuple(PLANTS)


def plant(chance: Chance, fields: Fields) -> str:
    """Put one error into `fields` and tell its kind."""
    while True:
        kind = chance.pick(_KINDS)
        changed = dict(fields)
        if PLANTS[kind](chance, changed):
            fields.update(changed)
            return kind
