"""People from a file: its lines, what each means, and what became of it."""
