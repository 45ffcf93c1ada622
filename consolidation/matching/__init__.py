"""Matching: who is the same customer, decided on keyed digests only (shared/matching.md).

The path of a record is ``records`` (clear values) -> ``signature`` (one fixed-width row of digests) ->
``blocking`` (which pairs to look at) -> ``comparison`` (levels of agreement) -> ``weights`` (how much they
prove) -> ``rules`` and ``vetoes`` (what the bank allows) -> ``clustering`` (groups). ``engine`` strings
them together; nothing here reads a database or decrypts a value.
"""
