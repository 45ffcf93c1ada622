"""Rules of special information: what is valid, which moves there are, what is due; pure functions."""

from mdm.quality.rules import RuleBook
from special_info.rules import records


def register(rules: RuleBook) -> None:
    """Enter the rules that hold at every door, files among them."""
    rules.register(*records.RULES)
