"""Chaos tests of the whole path: services are killed, connections cut, and everything is counted
once."""
