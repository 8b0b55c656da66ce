"""A day's events, folded by shopper and by order: what all further figures are computed from."""
