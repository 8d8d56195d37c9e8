"""Use cases that touch several subjects."""
