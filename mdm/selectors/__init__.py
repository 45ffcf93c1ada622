"""Reading the kernel's own tables."""
