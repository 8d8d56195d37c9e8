"""What has happened: append-only history and the heartbeats of our processes."""
