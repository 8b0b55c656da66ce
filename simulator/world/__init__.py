"""What Telegram keeps and does: accounts, messages, channels, payments, and the API's methods."""
