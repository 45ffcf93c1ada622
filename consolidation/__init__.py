"""Matching, merging and un-merging of customers that are the same person or organisation."""
