"""A stand-in for Telegram on one machine: the Bot API, a control API for tests, and a chat page for people."""
