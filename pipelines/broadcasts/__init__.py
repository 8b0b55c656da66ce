"""Broadcasts: who got them, who answered, who left."""
