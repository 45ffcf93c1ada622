"""The same customer once more, as another part of the bank wrote them down: with the errors people make."""

from collections.abc import Callable

from batch.synthetic import contacts, names, places
from batch.synthetic.account import ORGANISATION_SEGMENTS, PERSON_SEGMENTS, Fields, account
from batch.synthetic.branches import OUTLETS
from batch.synthetic.calendar import age, ordinal_of
from batch.synthetic.chance import Chance
from batch.synthetic.documents import Issuer
from mdm.quality.numbers import downgrade_citizen, gb11643_sign
from mdm.quality.primitives import MIDDLE_DOT

_WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
#: What else is often not asked for a second time.
_DETAILS = (
    "education",
    "occupation",
    "employer",
    "job_title",
    "work_tel",
    "english_name",
    "former_name",
    "email",
)


class Duplicates:
    """Writes customers down again; `today` as YYYYMMDD."""

    def __init__(self, chance: Chance, issuer: Issuer, today: str) -> None:
        self._chance, self._issuer, self._today = chance, issuer, today

    def again(self, of: Fields) -> Fields:
        """Another record of the customer `of`; who it is can still be told from what is left."""
        person = of["party_type"] == "PERSON"
        fields = dict(of)
        fields |= self._account(of, person)
        for column in _DETAILS:
            if self._chance.happens(0.3):
                fields.pop(column, None)
        if person:
            self._person(fields)
        else:
            self._organisation(fields)
        return fields

    def _account(self, of: Fields, person: bool) -> Fields:
        begun = of["birth_date"] if person else of["established_on"]
        segments = PERSON_SEGMENTS if person else ORGANISATION_SEGMENTS
        told = account(self._chance, ordinal_of(self._today), age(begun, self._today) * 365, segments)
        return told | ({"branch_code": self._chance.pick(OUTLETS).code} if self._chance.happens(0.4) else {})

    def _person(self, fields: Fields) -> None:
        """Errors in each part, but in one other part at most where the document no longer identifies."""
        changes: tuple[tuple[float, Callable[[Fields], None]], ...]
        changes = ((0.07, self._mistake_birth), (0.45, self._change_telephone), (0.65, self._change_address))
        if not self._document(fields):
            changes = (self._chance.pick(changes),)
        elif self._chance.happens(0.2):
            self._misspell(fields)
        for share, change in changes:
            if self._chance.happens(share):
                change(fields)

    def _document(self, fields: Fields) -> bool:
        """Tell the document in another way, or not at all. Returns whether its number still identifies."""
        turn = self._chance.random()
        if turn < 0.52:
            return True
        if fields["id_type"] == "P01":
            return self._citizen_card(fields, turn)
        if turn < 0.65:
            _drop_document(fields)
            return False
        return self._renew(fields)

    def _citizen_card(self, fields: Fields, turn: float) -> bool:
        number = fields["id_number"]
        old = downgrade_citizen(number)
        if turn < 0.66 and old:
            fields |= {"id_number": old, "id_issue_date": "", "id_expiry_date": ""}
        elif turn < 0.72:
            fields["id_number"] = number.translate(_WIDE)
        elif turn < 0.80:
            fields |= {"id_issue_date": "", "id_expiry_date": "", "id_authority": ""}
        elif turn < 0.83:
            fields["id_number"] = self._mistyped(number)
        elif turn < 0.90:
            _drop_document(fields)
            fields |= self._issuer.passport(fields["birth_date"]).columns("id")
        else:
            _drop_document(fields)
        return turn < 0.80

    def _mistyped(self, number: str) -> str:
        """A citizen number with two neighbouring digits exchanged, which its check digit finds."""
        for place in range(13, 5, -1):
            swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
            if swapped != number and gb11643_sign(swapped[:17]) != swapped[17]:
                return swapped
        return number

    def _renew(self, fields: Fields) -> bool:
        """A new travel document: another passport number, or the same permit with the next count."""
        if fields["id_type"] == "P12":
            renewed = self._issuer.foreign_passport(fields["id_country"], fields["birth_date"])
            fields |= renewed.columns("id")
            return bool(fields.get("id2_number"))
        if fields["id_type"] == "P06":
            number = fields["id_number"]
            fields["id_number"] = f"{number[:9]}{(int(number[9:]) + 1) % 100:02}"
        return True

    def _misspell(self, fields: Fields) -> None:
        chance, name = self._chance, fields["name"]
        if name.isascii() or not _is_chinese(name):
            fields["name"] = " ".join(reversed(name.split(" ")))
        elif MIDDLE_DOT in name:
            fields["name"] = names.other_dot(name)
        else:
            turn = chance.random()
            if turn < 0.4:
                fields["name"] = names.homophone(chance, name)
            elif turn < 0.65:
                fields["name"] = names.traditional(name)
            else:
                fields["name"] = names.spaced(name) if turn < 0.9 else names.latin(name)

    def _mistake_birth(self, fields: Fields) -> None:
        """Day and month swapped, one digit wrong, or no date."""
        birth, turn = fields["birth_date"], self._chance.random()
        if turn < 0.5 and birth[6:] <= "12":
            fields["birth_date"] = birth[:4] + birth[6:] + birth[4:6]
        elif turn < 0.8 and birth[6] < "2":
            fields["birth_date"] = birth[:7] + str((int(birth[7]) + 1) % 9 or 1)
        else:
            fields["birth_date"] = ""

    def _change_telephone(self, fields: Fields) -> None:
        fields["mobile"] = contacts.mobile(self._chance) if self._chance.happens(0.7) else ""
        if self._chance.happens(0.5):
            fields.pop("home_tel", None)

    def _change_address(self, fields: Fields) -> None:
        """Another address (the old one), none, or the same one written in another way."""
        chance = self._chance
        if chance.happens(0.55):
            fields |= places.address("residence", places.residence(chance), places.street_and_door(chance))
        elif chance.happens(0.2):
            for column in [column for column in fields if column.startswith("residence_")]:
                fields[column] = ""
        else:
            fields["residence_detail"] = places.written_short(fields["residence_detail"])
            fields["residence_postcode"] = ""

    def _organisation(self, fields: Fields) -> None:
        """Other spellings of the name, older numbers instead of the credit code, another telephone."""
        chance, turn = self._chance, self._chance.random()
        number, name = fields["id_number"], fields["name"]
        if turn < 0.12:
            _drop_document(fields)
        elif turn < 0.30:
            fields |= {"id_type": "O02", "id_number": number[8:17], "id_authority": "", "id_issue_date": ""}
        elif turn < 0.40:
            fields |= {"id_type": "O04", "id_number": number[2:17], "id_authority": "税务局"}
        if chance.happens(0.25):
            city = fields["residence_city"].removesuffix("市")
            inside = name.replace(city, "", 1)
            fields["name"] = chance.pick(
                (name.replace("有限公司", "有限责任公司"), f"{inside[:2]}（{city}）{inside[2:]}")
            )
        if chance.happens(0.35):
            fields["mobile"] = contacts.mobile(chance)
        if chance.happens(0.2):
            fields["residence_detail"] = places.office(chance)


def _drop_document(fields: Fields) -> None:
    for column in [column for column in fields if column.startswith("id_")]:
        fields[column] = ""


def _is_chinese(name: str) -> bool:
    return name[0] >= "\u3400"
