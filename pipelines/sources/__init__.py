"""Traffic sources, and what they cost."""
