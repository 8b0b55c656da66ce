"""The whole path under mayhem: what is killed and cut, and whether everything is counted once."""
