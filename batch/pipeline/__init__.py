"""The stages between a file and the customer master."""
