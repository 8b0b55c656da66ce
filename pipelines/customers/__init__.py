"""Who comes back to buy: repeat purchases, churn, segments."""
