"""Everything a person or a client of Telegram can send, at every prompt."""
