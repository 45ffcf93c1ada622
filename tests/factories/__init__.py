"""Made-up rows for tests, by app."""
