"""Persons: residents of every generation, minorities, people of Hong Kong, Macao and Taiwan, foreigners."""

from datetime import date

from batch.synthetic import contacts, names, places
from batch.synthetic.account import PERSON_SEGMENTS, Fields, account
from batch.synthetic.branches import outlets_of
from batch.synthetic.calendar import age, day_text
from batch.synthetic.chance import Chance
from batch.synthetic.documents import HARBOURS, Document, Issuer
from batch.synthetic.name_tables import FOREIGNERS
from batch.synthetic.organisations import Employers
from batch.synthetic.places import Region

#: Youngest age of a band of ten years, as often as its share of the customers in percent.
_AGE_BANDS = (
    (0,) * 3
    + (10,) * 7
    + (20,) * 18
    + (30,) * 22
    + (40,) * 18
    + (50,) * 15
    + (60,) * 10
    + (70,) * 5
    + (80,) * 2
)
_OTHER_ETHNICITIES = ("03", "06", "07", "08", "11", "15")
_EDUCATION = ("70", "60", "60", "40", "30", "30", "20", "20", "20", "10")
_OCCUPATIONS = "12233344444566668"
_JOB_TITLES = ("职员", "经理", "工程师", "教师", "会计", "主管", "销售", "技术员", "医生", "司机")
_ADULT = 16


class People:
    """Makes persons who have nothing to do with one another (those who have: `batch.synthetic.relatives`)."""

    def __init__(self, chance: Chance, as_of: date, issuer: Issuer, employers: Employers) -> None:
        self.chance, self.issuer, self.employers = chance, issuer, employers
        self._today_ordinal = as_of.toordinal()
        self.today = day_text(self._today_ordinal)

    def person(self) -> Fields:
        """Someone new, of an origin as frequent as it is at a bank."""
        origin = self.chance.random()
        if origin < 0.960:
            return self.resident()
        if origin < 0.980:
            return self.minority()
        return self.harbour() if origin < 0.990 else self.foreigner()

    def birth_date(self) -> str:
        years = self.chance.pick(_AGE_BANDS) + 10 * self.chance.random()
        return day_text(self._today_ordinal - int(years * 365.25))

    def resident(self) -> Fields:
        """A resident of the mainland with a surname and a given name."""
        birth, male = self.birth_date(), self.chance.happens(0.5)
        surname = names.surname(self.chance)
        name = surname + names.given_name(self.chance, male, int(birth[:4]))
        ethnicity = self.chance.pick(_OTHER_ETHNICITIES) if self.chance.happens(0.06) else "01"
        return self.citizen(name, birth, male, ethnicity, places.residence(self.chance))

    def minority(self) -> Fields:
        """A resident whose name is not divided into surname and given name."""
        ethnicity, province = self.chance.pick(names.MINORITIES)
        birth, male = self.birth_date(), self.chance.happens(0.5)
        name = names.minority_name(self.chance, ethnicity, male)
        region = self.chance.pick(places.districts_of(province))
        return self.citizen(name, birth, male, ethnicity, region)

    def citizen(
        self, name: str, birth: str, male: bool, ethnicity: str, home: Region, origin: Region | None = None
    ) -> Fields:
        """A resident of the mainland: identity card (household register for children), contacts, job.

        `origin` is the district that issued the number, by default often where the person lives.
        """
        chance = self.chance
        origin = origin or (home if chance.happens(0.6) else chance.pick(places.districts()))
        fields = self._about(name, birth, male, "CHN", ethnicity)
        fields |= self._card(origin, birth, male).columns("id")
        if chance.happens(0.06):
            fields |= self.issuer.passport(birth).columns("id2")
        fields |= places.address("residence", home, places.street_and_door(chance))
        if chance.happens(0.08):
            fields |= places.address("mailing", places.residence(chance), places.office(chance))
        if chance.happens(0.1):
            fields["english_name"] = names.latin(name)
        if chance.happens(0.01):
            fields["former_name"] = name[:1] + names.given_name(chance, male, int(birth[:4]))
        self._contacts(fields, home.code)
        return fields

    def _card(self, origin: Region, birth: str, male: bool) -> Document:
        young = age(birth, self.today) < _ADULT
        make = (
            self.issuer.household_register
            if young and self.chance.happens(0.5)
            else self.issuer.identity_card
        )
        return make(origin.code, origin.district, birth, male)

    def harbour(self) -> Fields:
        """A resident of Hong Kong, Macao or Taiwan with a travel permit, some with a residence permit too."""
        chance = self.chance
        region, letter = chance.pick(HARBOURS)
        birth, male = self.birth_date(), chance.happens(0.5)
        name, home = names.harbour_name(chance), chance.pick(places.home_districts())
        fields = self._about(name, birth, male, "CHN", "01")
        fields |= self.issuer.harbour_permit(letter, birth).columns("id")
        if chance.happens(0.4):
            fields |= self.issuer.harbour_residence(region, birth, male).columns("id2")
        fields |= places.address("residence", home, places.street_and_door(chance))
        self._contacts(fields, home.code)
        return fields

    def foreigner(self) -> Fields:
        """A foreigner with a passport, some with a permanent residence card too."""
        chance = self.chance
        country, numeric, given, surnames = chance.pick(FOREIGNERS)
        birth, male = self.birth_date(), chance.happens(0.5)
        name = f"{chance.pick(given.split()[1 - male :: 2])} {chance.pick(surnames.split())}"
        home = chance.pick(places.home_districts())
        fields = self._about(name, birth, male, country, "")
        fields |= self.issuer.foreign_passport(country, birth).columns("id")
        if chance.happens(0.4):
            card = self.issuer.residence_card(country, numeric, home.code, birth, male)
            fields |= card.columns("id2")
        fields |= places.address("residence", home, places.street_and_door(chance))
        self._contacts(fields, home.code)
        return fields

    def _about(self, name: str, birth: str, male: bool, nationality: str, ethnicity: str) -> Fields:
        years = age(birth, self.today)
        return {
            "party_type": "PERSON",
            "name": name,
            "sex": "1" if male else "2",
            "birth_date": birth,
            "nationality": nationality,
            "ethnicity": ethnicity,
            "marital_status": self._marital_status(years),
            **(self._job() if years >= 22 else {}),
            **account(self.chance, self._today_ordinal, years * 365, PERSON_SEGMENTS),
        }

    def _marital_status(self, years: int) -> str:
        if years < 22:
            return "10"
        return self.chance.pick(("20", "20", "20", "20", "10", "40", "30" if years > 65 else "20"))

    def _job(self) -> Fields:
        chance = self.chance
        job = {"education": chance.pick(_EDUCATION), "occupation": chance.pick(_OCCUPATIONS)}
        if self.employers and chance.happens(0.45):
            employer, telephone = self.employers.pick(chance)
            job |= {"employer": employer, "job_title": chance.pick(_JOB_TITLES)}
            if chance.happens(0.3):
                job["work_tel"] = telephone
        return job

    def _contacts(self, fields: Fields, region: str) -> None:
        chance = self.chance
        if chance.happens(0.96):
            fields["mobile"] = contacts.mobile(chance)
        if chance.happens(0.1):
            fields["home_tel"] = places.landline(chance, region)
        if chance.happens(0.3):
            fields["email"] = contacts.email(chance, names.latin(fields["name"]))
        fields["branch_code"] = chance.pick(outlets_of(region[:2]))
