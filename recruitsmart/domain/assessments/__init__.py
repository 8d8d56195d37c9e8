"""Questionnaires and timed tests: asking, judging, scoring."""
