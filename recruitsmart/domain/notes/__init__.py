"""What staff note about a candidate, and when to look again."""
