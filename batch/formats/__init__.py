"""How files look, without knowing what they tell: text encodings, delimited lines, control files."""
