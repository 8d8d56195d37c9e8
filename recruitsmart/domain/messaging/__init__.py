"""Texts, rendering, buttons as data, the outbox and its retry rules."""
