"""Who connects from outside, through the real client: a person who buys, a chat in the terminal."""
