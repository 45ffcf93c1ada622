"""Maker and checker: what takes a second person, who that may be, and what became of it.

An app registers an operation (`registry`); its service asks at the gate (`gate`) whether the bank's
rules (`policy`) let it go on alone. Where they do not, the change waits as a request (`requests`)
until others decide it (`deciding`), and is then done by the same service in the same transaction.
"""
