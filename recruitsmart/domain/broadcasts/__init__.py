"""One text to many candidates: what is sent, to whom, and how far it has got."""
