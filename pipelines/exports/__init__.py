"""Exports: data sets as files that any tool can read."""
