"""Ready answers: found by word forms and typos, shown before a question goes to the shop."""

from random import Random
from typing import Any

import pytest

from bots.modules.support import faq, likeness
from bots.modules.support.faq import QuestionDraft
from bots.modules.support.likeness import Stems, ranked
from bots.sdk.settings import BilingualText
from core.postgres import Connection
from core.shop.catalogue_search import distance
from tests.bots.modules.support.desk import Desk, ask, opened
from tests.bots.shopper import events

KNOWN = [
    ("Сколько стоит доставка?", "How much is shipping?", "Курьер — 350 ₽.", "A courier: $5."),
    ("Как вернуть товар?", "How do I return goods?", "Напишите нам.", "Write to us."),
    ("Можно оплатить картой?", "Do you take cards?", "Да, любой.", "Yes, any."),
    ("Где вы находитесь?", "", "Покровка, 7.", ""),
]


@pytest.fixture(name="desk")
async def with_questions(connection: Connection) -> Desk:
    return await knowing(connection)


async def knowing(connection: Connection, **settings: Any) -> Desk:
    desk = await opened(connection, **settings)
    for position, (ru, en, answer_ru, answer_en) in enumerate(KNOWN):
        draft = QuestionDraft(
            question=BilingualText(ru=ru, en=en),
            answer=BilingualText(ru=answer_ru, en=answer_en),
            position=position,
        )
        await faq.add(connection, desk.origin.bot_id, draft)
    return desk


MEANT = {
    "а доставка у вас платная?": 0,
    "скока стоит доствка": 0,
    "ДОСТАВКУ оплачивать отдельно?": 0,
    "what does shiping cost": 0,
    "хочу возвратить товары, они не подошли": 1,
    "can i return something": 1,
    "картой оплатить можно": 2,
    "do you accept card": 2,
    "где находится магазин": 3,
    "Здравствуйте!": None,
    "hello, is anybody there?": None,
    "\0 '\"\\ :* & |": None,
    "?": None,
}


async def test_questions_are_found_by_what_people_write(desk: Desk) -> None:
    found = {}
    for asked in MEANT:
        alike = await faq.alike(desk.connection, desk.origin.bot_id, asked)
        found[asked] = alike[0].position if alike else None
    assert found == MEANT


def test_a_rare_word_says_more_than_one_that_all_have() -> None:
    known = {
        1: Stems((frozenset({"заказ", "оплат"}),)),
        2: Stems((frozenset({"заказ", "отмен"}),)),
        3: Stems((frozenset({"заказ", "получ"}),)),
    }
    assert ranked(["заказ", "отмен"], known, limit=3)[0] == 2
    assert ranked(["отмен"], known, limit=3) == [2]
    assert ranked([], known, limit=3) == [] == ranked(["чай"], {}, limit=3)


def test_a_flood_of_words_is_compared_seldom_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs: list[tuple[str, str]] = []

    def counted(one: str, other: str) -> int:
        pairs.append((one, other))
        return distance(one, other)

    monkeypatch.setattr(likeness, "distance", counted)
    random = Random(1)
    stems = [_stem(random, "абвгдеклмнопрст", 2, 9) for _ in range(2900)]
    known = {
        number: Stems((frozenset(stems[start : start + 6]), frozenset(stems[start + 6 :][:6])))
        for number, start in enumerate(range(0, 2400, 12))
    }
    ranked([*stems[2400:], *stems[2400:]], known, limit=3)
    assert 0 < len(pairs) == len(set(pairs)) < 2000
    assert len({one for one, _ in pairs}) <= 40
    for one, other in pairs:
        assert len(one) > 3 and abs(len(one) - len(other)) <= (1 if len(one) < 7 else 2)


def test_every_word_that_is_near_enough_is_found() -> None:
    random, near = Random(2), 0
    for _ in range(2000):
        typed, meant = _stem(random, "абв", 2, 8), _stem(random, "абв", 2, 8)
        typos = 0 if len(typed) < 4 else 1 if len(typed) < 7 else 2
        is_near = distance(typed, meant) <= typos
        found = ranked([typed], {1: Stems((frozenset({meant}),))}, limit=1)
        assert found == ([1] if is_near else []), (typed, meant)
        near += is_near
    assert near > 20


def _stem(random: Random, letters: str, shortest: int, longest: int) -> str:
    return "".join(random.choices(letters, k=random.randint(shortest, longest)))


async def test_a_long_question_is_read_from_its_beginning(desk: Desk) -> None:
    more = " ".join(f"zz{number}qq" for number in range(100))
    for asked, found in ((f"do you take cards {more}", [2]), (f"{more} do you take cards", [])):
        alike = await faq.alike(desk.connection, desk.origin.bot_id, asked)
        assert [each.position for each in alike] == found


async def test_a_ready_answer_counts_to_the_hour_as_a_message_does(connection: Connection) -> None:
    desk = await knowing(connection, messages_an_hour=2)
    shopper = desk.shopper()

    async def asked_again() -> Any:
        return await shopper.command("support", "How much is shipping?")

    for _ in range(2):
        shown = await asked_again()
        assert "A courier: $5." in shown.screen.text.plain
    assert "in an hour" in (await asked_again()).screen.text.plain
    (question, *_) = await faq.of_bot(connection, desk.origin.bot_id)
    assert question.shown == 2
    sent = await shopper.press(shown.buttons[1])  # the same question, which counts once
    assert "The shop has your question" in sent.screen.text.plain
    assert "in an hour" in (await asked_again()).screen.text.plain
    rows = await connection.fetch("SELECT props FROM outbox WHERE event = 'ticket_limited'")
    assert [row["props"] for row in rows] == ['{"reason":"messages"}'] * 2
    await connection.execute(
        "UPDATE support_suggestions SET shown_at = shown_at - interval '1 hour'"
    )
    assert "A courier: $5." in (await asked_again()).screen.text.plain
    assert await connection.fetchval("SELECT count(*) FROM support_suggestions") == 1


async def test_an_answer_that_helps_opens_no_ticket(desk: Desk) -> None:
    shopper = desk.shopper(language="ru")
    shown = await ask(shopper, "сколько стоит доставка в Тверь?")
    assert "Курьер — 350 ₽." in shown.screen.text.plain and "Помогло?" in shown.screen.text.plain
    helped = await shopper.press(shown.buttons[0])
    assert "Рады помочь" in helped.screen.text.plain
    assert await desk.tickets() == []
    (question, *_) = await faq.of_bot(desk.connection, desk.origin.bot_id)
    assert (question.shown, question.helped) == (1, 1)
    assert "faq_rated" in await events(desk.connection)


async def test_one_that_does_not_sends_the_words_as_they_were(desk: Desk) -> None:
    shopper = desk.shopper()
    shown = await ask(shopper, "How much is shipping to Tver?")
    sent = await shopper.press(shown.buttons[1])
    assert "The shop has your question" in sent.screen.text.plain
    assert await desk.said() == [("shopper", "How much is shipping to Tver?")]
    rows = await desk.connection.fetch("SELECT props FROM outbox WHERE event = 'faq_rated'")
    assert [row["props"] for row in rows] == ['{"question":1,"helped":false}']


async def test_who_writes_on_instead_is_heard_whole(desk: Desk) -> None:
    shopper = desk.shopper()
    await ask(shopper, "How much is shipping?")
    await shopper.write("to Tver, I mean")
    assert await desk.said() == [("shopper", "How much is shipping?\n\nto Tver, I mean")]


async def test_another_of_those_found_can_be_opened(desk: Desk) -> None:
    shopper = desk.shopper(language="ru")
    shown = await ask(shopper, "оплатить картой доставку, и сколько стоит доставка")
    assert len(shown.buttons) > 3  # two answers, at least one other question, the way out
    other = await shopper.press(shown.buttons[2])
    assert other.screen.text.plain != shown.screen.text.plain
    assert "Помогло?" in other.screen.text.plain
    await shopper.press(other.buttons[1])
    assert len(await desk.said()) == 1


async def test_the_list_comes_first_and_is_in_the_owners_order(desk: Desk) -> None:
    shopper = desk.shopper(language="ru")
    first = await shopper.press("support")
    assert first.buttons == [*(f"faq:{each}" for each in range(1, 5)), "support_new", "menu"]
    opened_answer = await shopper.press("faq:4")
    assert "Покровка, 7." in opened_answer.screen.text.plain
    assert opened_answer.buttons == ["faq_yes:4", "support_new", "support", "menu"]
    assert "Рады помочь" in (await shopper.press("faq_yes:4")).screen.text.plain
    for data in ("faq:99", "faq_yes:x", "faq:"):
        assert (await shopper.press(data)).buttons == first.buttons
    english = await desk.shopper(2, language="en").press("faq:4")
    assert "Покровка, 7." in english.screen.text.plain  # better than nothing


async def test_without_suggestions_a_question_goes_at_once(connection: Connection) -> None:
    desk = await opened(connection, suggests_answers=False)
    draft = QuestionDraft(question=BilingualText(en="Shipping?"), answer=BilingualText(en="$5"))
    await faq.add(connection, desk.origin.bot_id, draft)
    await ask(desk.shopper(), "Shipping?")
    assert await desk.tickets() == [("waiting", None)]
