"""Backups of both stores: consistent with each other, incremental, encrypted, verified."""
