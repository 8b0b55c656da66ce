"""Broadcasts: who received them, who responded, who blocked the bot."""
