"""Telegram in a box: a server that speaks MTProto 2.0 on loopback, and scripted shoppers."""
