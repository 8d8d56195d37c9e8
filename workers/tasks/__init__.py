"""Thin: arguments in, one domain operation called."""
