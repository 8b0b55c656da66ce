"""A day's events, aggregated by shopper and by order: the source of all further figures."""
