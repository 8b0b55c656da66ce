"""The control port, through which a test or an operator causes faults and asks questions."""
