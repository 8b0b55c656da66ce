"""Upkeep of the stores: retention, erasure, storage."""
