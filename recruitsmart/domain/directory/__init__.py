"""Cities, recruiters and staff accounts."""
