"""Tests of settings, production rules and logging."""
