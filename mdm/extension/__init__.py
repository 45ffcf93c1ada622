"""Attributes that the bank adds without code: their definitions, the fields made of them, where values are kept."""
