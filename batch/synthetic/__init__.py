"""Made-up customers for demonstrations, tests and benchmarks: no person or organisation in them is real."""
