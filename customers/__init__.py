"""The customer and its descriptive subjects."""
