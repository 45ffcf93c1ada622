"""What is valid about customers and their descriptive subjects, and its entry in the rule book."""

from mdm.quality.rules import RuleBook, book


def register(rules: RuleBook = book) -> None:
    """Enter the rules and fixes of customers, contacts and addresses."""
    from customers.rules import address, agreement, contact, customer, organisation, person, relationship

    for subject in (customer, person, organisation, contact, address, agreement, relationship):
        subject.register(rules)
