"""The scripted people of the simulated world: honest shoppers, abusers, and the truth about
both."""
