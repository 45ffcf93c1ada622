"""Identity documents and numbers, with their lifecycle."""
