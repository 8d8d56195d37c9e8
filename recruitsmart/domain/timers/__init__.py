"""What must happen at a moment: one table for reminders, limits and waiting too long."""
