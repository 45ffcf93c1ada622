"""The message catalogue: found in the sources, kept in a PO file, compiled without gettext's own tools."""
