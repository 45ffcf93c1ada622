"""What loads, exports and schedules: one function a use case."""
