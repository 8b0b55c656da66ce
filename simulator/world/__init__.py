"""Telegram's state and behaviour: accounts, messages, channels, payments, and the API's methods."""
