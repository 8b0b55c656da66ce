"""How long a test waits for what comes at once on a machine that has time."""

SECONDS = 120.0
