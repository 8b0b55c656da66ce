"""A shop's key figures by calendar day."""
