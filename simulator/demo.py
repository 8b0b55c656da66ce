"""The demo's bots, which `vitrina seed` connects to shops of their own."""

from dataclasses import dataclass

FIRST_ID = 7_000_000_001
MOST_BOTS = 1000
_FIRST_GROUP, _FIRST_CLERK = 900_001, 6_900_000_001
CLERK_NAME = "Ольга"
# Promo codes that people know from advertisements. The shops take all but the last, which is over.
PROMO_CODES = ("TEA10", "WELCOME", "MINUS50", "GIFT", "SUMMER")


@dataclass(frozen=True, slots=True)
class DemoBot:
    id: int
    token: str
    username: str
    name: str

    @property
    def staff_group(self) -> int:
        """The id of its staff's group, where it has one."""
        return _FIRST_GROUP + self.id - FIRST_ID

    @property
    def clerk(self) -> int:
        """The id of the person who answers there."""
        return _FIRST_CLERK + self.id - FIRST_ID


DEMO_BOTS = (
    DemoBot(
        7000000001, "7000000001:AAFvitrina-demo-tea-bot-token-00001", "demo_tea_bot", "Чайная лавка"
    ),
    DemoBot(
        7000000002, "7000000002:AAFvitrina-demo-book-bot-token-0002", "demo_books_bot", "Book Nook"
    ),
)
"""Fixed, so that parts of the product that start separately know them."""


def fleet(count: int) -> list[DemoBot]:
    """So many bots: the two of the demo, then numbered ones."""
    return [*DEMO_BOTS[:count], *(_numbered(each) for each in range(len(DEMO_BOTS) + 1, count + 1))]


def _numbered(number: int) -> DemoBot:
    bot_id = FIRST_ID - 1 + number
    token = f"{bot_id}:AFvitrina-demo-fleet-bot-token-{number:04}"
    name = f"Лавка {number}" if number % 2 else f"Shop {number}"
    return DemoBot(bot_id, token, f"demo_shop_{number:03}_bot", name)
