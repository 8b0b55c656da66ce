"""The shop's nouns: one file each, its rules and its SQL together.

Functions take a connection inside the caller's transaction and never commit.
"""
