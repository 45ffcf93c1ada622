"""The floor: keys and encryption, who may do what, audit."""
