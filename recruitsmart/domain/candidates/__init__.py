"""The person: contacts, stage and outcome."""
