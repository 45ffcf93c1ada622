"""Tests of operations on credentials."""
