"""What people think of what they bought, said under its receipt."""

from simulator.crowd.phone import CANCEL, Button, Notice, of
from simulator.crowd.visit import Visit

REVIEW, LINE, RATE = "review", "review_line", "review_rate"
# Share of the ratings that come with words.
WORDS_SHARE = 0.5
WORDS = (
    "Всё как описано, спасибо!",
    "Быстро, но описание могло бы быть подробнее.",
    "Exactly what I was looking for.",
    "Not bad, I expected a bit more 🙂",
)


async def give(visit: Visit, receipt: list[Button]) -> None:
    """Rate one thing of the order, and write a few words or not. Raises GaveUp."""
    asked = of(receipt, REVIEW)
    if not asked or visit.random.random() >= visit.options.review_share:
        return
    phone = visit.phone

    def begun(now: int) -> list[Button] | Notice | None:
        return phone.screen(now, RATE, LINE) or phone.said(now, alert=True)

    shown: list[Button] | Notice = await visit.press(asked[:1], "review", begun)
    if isinstance(shown, Notice):  # the money went back meanwhile
        return
    if lines := of(shown, LINE):
        chosen = [visit.random.choice(lines)]
        shown = await visit.press(chosen, "ratings", lambda now: phone.screen(now, RATE))
    ratings = of(shown, RATE)
    rating = visit.random.choices(ratings, range(1, len(ratings) + 1))
    await visit.press(rating, "question for words", phone.question)
    visit.tell("review", rating[0].argument)
    if visit.random.random() < WORDS_SHARE:
        await visit.think()
        now = phone.clock
        visit.say(visit.random.choice(WORDS))
        await visit.until("thanks", lambda: phone.anything(now))
    else:
        skip = of(phone.screen(0, CANCEL) or (), CANCEL)
        await visit.press(skip, "thanks", phone.anything)
