"""All of Telegram that a module sees: updates, replies, and the transaction.

Nothing here uses Telegram's protocol: the runtime turns its updates into ours, and our replies into
its calls.
"""
