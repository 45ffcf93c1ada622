"""Tests of the pages about documents."""
