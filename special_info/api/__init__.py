"""Special information over REST."""
