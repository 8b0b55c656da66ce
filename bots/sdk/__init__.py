"""All of Telegram that a module sees: what happens, what to answer with, and the transaction.

Nothing here speaks Telegram's protocol: the runtime turns its updates into ours, and our replies
into its calls.
"""
