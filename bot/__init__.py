"""The bot process: polling with end-to-end acknowledgement. It needs no database."""
