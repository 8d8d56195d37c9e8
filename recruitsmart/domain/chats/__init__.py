"""Conversations with a human: who waits for one, who answers, what was said."""
