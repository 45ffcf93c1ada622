"""The model dictionary: what it holds, how an attribute is added to it, what that would change."""
