"""Where people come from, and what it costs."""
