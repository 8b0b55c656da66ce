"""Clients from outside, on the real library: a person who buys, a chat in the terminal."""
