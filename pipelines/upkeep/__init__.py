"""Upkeep of the stores: how long events are kept, who is forgotten, what it all takes."""
