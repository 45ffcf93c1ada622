"""What may be done with special information."""
