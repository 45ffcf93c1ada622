"""Identity documents with numbers that are well-formed, valid by their check digits, and given out once."""

from datetime import date
from typing import NamedTuple

from batch.synthetic.calendar import OPEN, age, day_text, ordinal_of, years_later
from batch.synthetic.chance import Chance
from credentials.rules.validity import citizen_term
from mdm.quality.numbers import gb11643_sign, gb11714_sign, gb32100_sign, mrz_sign
from mdm.quality.primitives import ascii_digits

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_PLAIN = "0123456789ABCDEFGHJKLMNPQRTUWXY"
IMMIGRATION = "国家移民管理局"
#: How many renew a card that has expired; the others keep it.
_RENEWED_SHARE = 0.8
#: Region codes of GB/T 2260 in residence permits, and the letter of the travel permit ("" : Taiwan has none).
HARBOURS = (("810000", "H"), ("820000", "M"), ("830000", ""))


class Document(NamedTuple):
    """One document as the columns of a file tell of it; dates YYYYMMDD, empty where not told."""

    type: str
    number: str
    country: str = "CHN"
    authority: str = ""
    issue_date: str = ""
    expiry_date: str = ""

    def columns(self, prefix: str) -> dict[str, str]:
        """The columns of the layout, `id_…` or `id2_…`."""
        return dict(zip(_COLUMNS[prefix], self, strict=True))


_COLUMNS = {prefix: [f"{prefix}_{field}" for field in Document._fields] for prefix in ("id", "id2")}


class Issuer:
    """Gives out document numbers; none of them twice."""

    def __init__(self, chance: Chance, as_of: date) -> None:
        """`as_of` is the day on which the file is made: nothing is issued after it."""
        self._chance = chance
        self._given: set[str | int] = set()
        self._today = day_text(as_of.toordinal())
        self._today_ordinal = as_of.toordinal()

    def _once(self, number: str) -> bool:
        """Whether the number is new; from now on it is not. Digits are kept as a (smaller) integer."""
        key = int(number[:17]) if ascii_digits(number[:17]) else number
        new = key not in self._given
        self._given.add(key)
        return new

    def citizen(self, region: str, birth: str, male: bool) -> str:
        """A resident identity number: region, birth date, odd sequence for men, check sign."""
        while True:
            sequence = 2 * self._chance.below(498) + male
            body = f"{region}{birth}{sequence:03}"
            number = body + gb11643_sign(body)
            if self._once(number):
                return number

    def identity_card(self, region: str, district: str, birth: str, male: bool) -> Document:
        """A resident identity card with the term that the holder's age at issue gives; some have expired."""
        issue, expiry = self._citizen_dates(birth)
        authority = f"{district}公安局"
        return Document("P01", self.citizen(region, birth, male), "CHN", authority, issue, expiry)

    def _citizen_dates(self, birth: str) -> tuple[str, str]:
        years = age(birth, self._today)
        days = (citizen_term(years) or 15) * 365
        back = self._chance.below(days + 200 if self._chance.happens(0.1) else days)
        if years < 16:  # the card of a child may be as old as the child, not older
            back = min(back, self._today_ordinal - ordinal_of(birth))
        issue, expiry = self._term(birth, day_text(self._today_ordinal - back))
        while expiry < self._today and self._chance.happens(_RENEWED_SHARE):
            issue, expiry = self._term(birth, expiry)
        return issue, expiry

    def _term(self, birth: str, issue: str) -> tuple[str, str]:
        years = citizen_term(age(birth, issue))
        return issue, years_later(issue, years) if years else OPEN

    def _dates(self, years: int, birth: str) -> tuple[str, str]:
        """Issued within the term, so still in force, and in the holder's life."""
        life = self._today_ordinal - ordinal_of(birth)
        issue = day_text(self._today_ordinal - min(self._chance.below(years * 360), life))
        return issue, years_later(issue, years)

    def passport(self, birth: str) -> Document:
        """A Chinese passport of today's series."""
        chance = self._chance
        while True:
            letter = chance.pick("ABCDEFGHJKLM") if chance.happens(0.4) else ""
            number = f"E{letter}{chance.digits(8 - len(letter))}"
            if self._once(number):
                return Document("P11", number, "CHN", IMMIGRATION, *self._dates(10, birth))

    def foreign_passport(self, country: str, birth: str) -> Document:
        """A passport of another country: a letter or two and digits."""
        chance = self._chance
        while True:
            number = chance.pick(_LETTERS) + chance.pick(_LETTERS + "0123456789") + chance.digits(7)
            if self._once(number):
                return Document("P12", number, country, "", *self._dates(10, birth))

    def residence_card(self, country: str, numeric: str, region: str, birth: str, male: bool) -> Document:
        """A foreigner's permanent residence card: 18 digits since 2023, 15 signs before."""
        chance, new = self._chance, self._chance.happens(0.6)
        while True:
            if new:
                body = f"9{region[:2]}{numeric}{birth}{2 * chance.below(498) + male:03}"
                number = body + gb11643_sign(body)
            else:
                body = f"{country}{region[:4]}{birth[2:]}{2 * chance.below(5) + male}"
                number = body + mrz_sign(body)
            if self._once(number):
                dates = self._dates(10 if new else 5, birth)
                return Document("P10" if new else "P09", number, "CHN", IMMIGRATION, *dates)

    def harbour_permit(self, letter: str, birth: str) -> Document:
        """A travel permit: H or M, eight digits and the count of renewals; for Taiwan eight digits."""
        chance = self._chance
        while True:
            number = f"{letter}{chance.digits(8)}"
            if self._once(number):
                renewal = f"{chance.below(4):02}" if letter else ""
                dates = self._dates(10 if letter else 5, birth)
                return Document("P06" if letter else "P07", number + renewal, "CHN", IMMIGRATION, *dates)

    def harbour_residence(self, region: str, birth: str, male: bool) -> Document:
        """A residence permit of a Hong Kong, Macao or Taiwan resident."""
        return Document("P08", self.citizen(region, birth, male), "CHN", "公安局", *self._dates(5, birth))

    def household_register(self, region: str, district: str, birth: str, male: bool) -> Document:
        """A child's entry in the household register, which holds the citizen number."""
        return Document("P03", self.citizen(region, birth, male), "CHN", f"{district}公安局")

    def social_credit_code(self, region: str, category: str = "91") -> str:
        """A unified social credit code with a valid organisation code inside."""
        chance = self._chance
        while True:
            organisation = "MA" + "".join(chance.pick(_PLAIN) for _ in range(6))
            body = category + region + organisation + gb11714_sign(organisation)
            if self._once(body):
                return body + gb32100_sign(body)
