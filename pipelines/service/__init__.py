"""The bots' availability and speed, and whether the data can be trusted."""
