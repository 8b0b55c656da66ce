"""Checks of an installation: one list for `vitrina doctor`, for the operator's alerts and for
Prometheus."""
