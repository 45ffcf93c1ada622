"""Reading special information, inside the reader's scope."""
