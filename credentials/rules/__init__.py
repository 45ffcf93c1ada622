"""What is valid about credentials, and its entry in the rule book."""

from mdm.quality.rules import RuleBook, book


def register(rules: RuleBook = book) -> None:
    """Enter the rules and fixes of credentials."""
    from credentials.rules import cleansing, credential

    rules.register(*credential.RULES, credential.SHARED_NUMBER)
    cleansing.register(rules)
