"""The `vitrina` command: thin, and the only package that may import every other."""
