"""How well the bots serve, and whether the data can be trusted."""
