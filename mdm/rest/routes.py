"""Parts of addresses: what a customer number and a row id look like there."""

from django.urls import register_converter


class NumberConverter:
    """A customer number (`customers.rules.number`); anything else is no address, so an ID number is a 404."""

    regex = r"[A-Z][0-9]{11}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class RowConverter:
    """A row id: at most 18 digits, so that it fits the column."""

    regex = r"[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(NumberConverter, "number")
register_converter(RowConverter, "row")
