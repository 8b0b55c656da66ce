"""A visitor who wants to buy: presses whatever leads on, and answers questions."""

from dataclasses import dataclass, field

from core.postgres import Pool
from tests.bots.visitor import Button, Visitor

# The way to the bill, the nearest to it first.
FORWARD = ("checkout_pay", "checkout_ship", "cart_checkout", "buy", "product", "catalogue")
# What leads elsewhere, whatever modules there are.
ASIDE = frozenset({"menu", "help", "cancel", "cart", "cart_add", "orders", "search", "favourites"})
ANSWERS = {
    "name": "Anna Petrova",
    "email": "anna@example.com",
    "address": "Moscow, Tverskaya 1, flat 2",
    "comment": "Tomorrow at noon, please",
}
MOST_DEEDS = 30


@dataclass
class Buyer:
    """`deeds` is what was done, in words, for whoever reads why it failed."""

    visitor: Visitor
    pool: Pool
    deeds: list[str] = field(default_factory=list)

    async def buy(self) -> None:
        """From Start to the receipt. Raises AssertionError where it does not go on."""
        self.visitor.start()
        for _ in range(MOST_DEEDS):
            await self.visitor.until(self._something, f"an answer after {self.deeds[-3:]}")
            bill = self.visitor.bill()
            if bill is not None:
                await self.visitor.pay(bill)
                await self.visitor.hears("No. 1")
                return
            await self._go_on()
        raise AssertionError(f"there is no bill after {self.deeds}")

    def _something(self) -> bool | None:
        has_answer = any(saw.entry.choices for saw in self.visitor.seen)
        return True if has_answer or self.visitor.bill() is not None else None

    async def _go_on(self) -> None:
        question = await self.pool.fetchval(
            "SELECT question FROM dialogs AS d JOIN customers AS c USING (shop_id, buyer_no) "
            "WHERE d.bot_id = $1 AND c.telegram_id = $2",
            self.visitor.bot.id,
            self.visitor.person.id,
        )
        buttons = self.visitor.buttons()
        choices = [each for each in buttons if each.action == "choose"]
        if question is not None and not choices:
            self._answer(question)
            return
        button = choices[0] if choices else self._next(buttons)
        self.deeds.append(button.label)
        await self.visitor.press(button)

    def _answer(self, question: str) -> None:
        self.deeds.append(f"answers {question}")
        if question == "phone":
            self.visitor.share_contact("79990000001")
        else:
            self.visitor.write(ANSWERS.get(question, ANSWERS["comment"]))

    def _next(self, buttons: list[Button]) -> Button:
        """The nearest to the bill; of what nobody here knows, the first that was not pressed."""
        for action in FORWARD:
            for button in buttons:
                if button.action == action:
                    return button
        for button in buttons:
            if button.action not in ASIDE and button.label not in self.deeds:
                return button
        labels = [button.label for button in buttons]
        raise AssertionError(f"nothing of {labels} leads on, after {self.deeds}")
