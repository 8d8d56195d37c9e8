"""Hours that recruiters offer and the seats candidates take in them."""
