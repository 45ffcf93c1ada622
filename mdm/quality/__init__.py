"""Data quality: rules, findings, safe fixes, screening of one record and across many."""
