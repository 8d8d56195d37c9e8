"""What is said to a person and what the answer means."""
