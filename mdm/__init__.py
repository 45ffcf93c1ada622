"""Data management core: subjects, quality, history, bulk, storage, codes, and the Django project."""
