"""Which file interfaces the bank has: the columns of each, and which facet each column tells of."""
