"""What the operator decides: settings, production rules, logging and the servers' configuration."""
