"""What changes customers: one function a use case."""
