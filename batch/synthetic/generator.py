"""The stream of made-up customers, and the three files it is written to.

`customers.csv` in the `core_customer` layout, its control file, and `truth.csv`, which tells which rows
are the same customer. The same arguments give the same bytes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from itertools import islice, repeat
from pathlib import Path

from batch.formats.control import Control, control_path, write_control
from batch.formats.profile import Encoding, Profile
from batch.formats.syntax import join_line
from batch.formats.writer import Writer, create
from batch.layouts.core_customer import CORE_CUSTOMER, CORE_CUSTOMER_GB18030
from batch.layouts.layout import Layout
from batch.synthetic import contacts
from batch.synthetic.account import Fields
from batch.synthetic.calendar import day_text
from batch.synthetic.chance import Chance
from batch.synthetic.documents import Issuer
from batch.synthetic.duplicates import Duplicates
from batch.synthetic.errors import plant
from batch.synthetic.organisations import Employers, Organisations
from batch.synthetic.people import People
from batch.synthetic.relatives import can_have_relatives, relative

#: The day on which files are made unless another is asked for: fixed, so that a seed says everything.
AS_OF = date(2026, 6, 30)
TRUTH_COLUMNS = ("source_system", "source_key", "entity")
LAYOUTS: dict[Encoding, Layout] = {"utf-8": CORE_CUSTOMER, "gb18030": CORE_CUSTOMER_GB18030}
#: Rows written at a time.
_BLOCK = 500
#: Customers held back, of whom duplicates and relatives are made: so many rows lie between them.
_POOL = 3_000
_POOL_SHARE = 0.3
_ORGANISATION_SHARE, _RELATIVE_SHARE, _AGENCY_SHARE = 0.12, 0.07, 0.004
_BEIJING = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to make; `duplicates` and `errors` are shares of the rows. ValueError for what cannot be made."""

    rows: int
    seed: int
    duplicates: float = 0.08
    errors: float = 0.01
    as_of: date = AS_OF

    def __post_init__(self) -> None:
        if self.rows < 1 or not 0 <= self.duplicates < 1 or not 0 <= self.errors <= 1:
            raise ValueError("rows must be positive, duplicates from 0 to below 1, errors from 0 to 1")
        if not 2000 <= self.as_of.year <= 2040:
            raise ValueError("the business date must be from 2000 to 2040")


@dataclass(frozen=True, slots=True)
class Made:
    """One row: the columns that hold something, whose it is, and what was done to it on purpose."""

    source_key: str
    entity: str
    fields: Fields
    duplicate: bool
    planted: str = ""


@dataclass(frozen=True, slots=True)
class Generated:
    """What was written and where."""

    rows: int
    duplicates: int
    planted: int
    file: Path
    control: Path
    truth: Path


def customers(recipe: Recipe) -> Iterator[Made]:
    """The rows of a recipe, in order, in memory that does not grow but for the numbers given out.

    Exactly `round(rows * duplicates)` rows are another record of an earlier row's customer.
    """
    chance = Chance(recipe.seed)
    population = _Population(chance, recipe.as_of)
    duplicates = round(recipe.rows * recipe.duplicates)
    entities = 0
    for row in range(recipe.rows):
        again = bool(population.pool) and chance.random() * (recipe.rows - row) < duplicates
        if again:
            duplicates -= 1
            entity, fields = population.again()
        else:
            entities += 1
            entity, fields = population.new(f"E{entities:07}")
        planted = plant(chance, fields) if chance.happens(recipe.errors) else ""
        yield Made(f"C{row + 1:07}", entity, fields, again, planted)


class _Population:
    """Everyone who may still be met again."""

    def __init__(self, chance: Chance, as_of: date) -> None:
        issuer, employers = Issuer(chance, as_of), Employers()
        self._chance = chance
        self._people = People(chance, as_of, issuer, employers)
        self._organisations = Organisations(chance, as_of, issuer, employers)
        self._duplicates = Duplicates(chance, issuer, day_text(as_of.toordinal()))
        self._agencies = [contacts.mobile(chance) for _ in range(12)]
        self.pool: list[tuple[str, Fields]] = []

    def new(self, entity: str) -> tuple[str, Fields]:
        """Someone new, who may be kept to be met again."""
        fields = self._make()
        if not self.pool or self._chance.happens(_POOL_SHARE):
            self._keep(entity, fields)
        return entity, dict(fields)

    def again(self) -> tuple[str, Fields]:
        """Another record of someone met before."""
        entity, fields = self._chance.pick(self.pool)
        return entity, self._duplicates.again(fields)

    def _make(self) -> Fields:
        chance = self._chance
        if chance.happens(_ORGANISATION_SHARE):
            return self._organisations.organisation()
        if self.pool and chance.happens(_RELATIVE_SHARE):
            of = chance.pick(self.pool)[1]
            if can_have_relatives(of):
                return relative(self._people, of)
        fields = self._people.person()
        if chance.happens(_AGENCY_SHARE):
            fields["mobile"] = chance.pick(self._agencies)
        return fields

    def _keep(self, entity: str, fields: Fields) -> None:
        if len(self.pool) < _POOL:
            self.pool.append((entity, fields))
        else:
            self.pool[self._chance.below(_POOL)] = (entity, fields)


def generate(
    recipe: Recipe, folder: Path, encoding: Encoding = "utf-8", tell: Callable[[int, int], None] | None = None
) -> Generated:
    """Write the three files of a recipe into `folder`, which is made where it is not there.

    `tell(done, total)` hears of progress. OSError where the folder cannot be written.
    """
    layout = LAYOUTS[encoding]
    folder.mkdir(parents=True, exist_ok=True)
    path, truth = folder / "customers.csv", folder / "truth.csv"
    made = customers(recipe)
    done = duplicates = planted = 0
    with (
        create(path, layout.profile, layout.names) as writer,
        create(truth, Profile(), TRUTH_COLUMNS) as truths,
    ):
        while block := list(islice(made, _BLOCK)):
            _write(block, layout, writer, truths)
            done += len(block)
            duplicates += sum(row.duplicate for row in block)
            planted += sum(bool(row.planted) for row in block)
            if tell:
                tell(done, recipe.rows)
    write_control(control_path(path), _control(path, recipe, writer))
    return Generated(done, duplicates, planted, path, control_path(path), truth)


def _write(block: list[Made], layout: Layout, writer: Writer, truths: Writer) -> None:
    """Append rows as they are: planted errors are of the kind that a strict writer refuses."""
    lines = []
    for row in block:
        row.fields["source_key"] = row.source_key
        lines.append(join_line(list(map(row.fields.get, layout.names, repeat(""))), layout.profile))
    writer.write_lines(lines)
    truths.write_lines([f"{layout.source_system},{row.source_key},{row.entity}" for row in block])


def _control(path: Path, recipe: Recipe, writer: Writer) -> Control:
    found = writer.survey()
    evening = datetime.combine(recipe.as_of, time(23), _BEIJING)
    return Control(
        path.name, found.rows, found.bytes, found.sm3, recipe.as_of, "delta", evening, "generate_customers"
    )
