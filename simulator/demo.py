"""The demo world's bots, which `vitrina up` connects to its demo shops."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoBot:
    id: int
    token: str
    username: str
    name: str


DEMO_BOTS = (
    DemoBot(
        7000000001, "7000000001:AAFvitrina-demo-tea-bot-token-00001", "demo_tea_bot", "Чайная лавка"
    ),
    DemoBot(
        7000000002, "7000000002:AAFvitrina-demo-book-bot-token-0002", "demo_books_bot", "Book Nook"
    ),
)
"""Fixed, so that every part of the product that starts separately knows them."""
