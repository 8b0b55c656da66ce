"""Each abuser behaves as docs/fraud.md describes, and only the truth says that they are one."""

from collections import Counter
from pathlib import Path

from simulator.crowd import abuses, truth
from simulator.crowd.options import Abuse, Role
from simulator.crowd.people import BOUGHT_SOURCES, FRESH_IDS
from simulator.server import background
from simulator.simulator import Simulator
from simulator.world import payments
from tests.simulator.clients import TinyShop, until
from tests.simulator.crowd.conftest import MakeCrowd


async def abuse(make_crowd: MakeCrowd, folder: Path, kind: Abuse) -> list[truth.Visit]:
    """One abuser's visit, or one burst of bought people."""
    crowd = make_crowd(abuse_share=1, abuses={kind: 1}, burst_people=12)

    def visits() -> list[truth.Visit]:
        return [each for each in truth.read(folder) if isinstance(each, truth.Visit)]

    async with background(crowd.come_again(1, 1 if kind is Abuse.TRAFFIC else 0.01)):
        await until(lambda: len(visits()) >= (12 if kind is Abuse.TRAFFIC else 1), "a visit")
        crowd.let_in(False)
        await until(lambda: not crowd.visiting, "the end of the visits")
    people = [each for each in truth.read(folder) if isinstance(each, truth.Person)]
    assert {(each.role, each.abuse) for each in people} == {(Role.ABUSER, kind)}
    assert {each.outcome for each in visits()} == {"done"}
    return visits()


async def test_bought_traffic_starts_and_does_little(
    shop: TinyShop, make_crowd: MakeCrowd, folder: Path
) -> None:
    visits = await abuse(make_crowd, folder, Abuse.TRAFFIC)
    ids = sorted(each.telegram_id for each in visits)
    assert len(set(ids)) == 12 and FRESH_IDS[0] <= ids[0] and ids[-1] - ids[0] <= 36
    await until(lambda: len(shop.texts) >= 12, "the last start")
    ((text, starts),) = Counter(shop.texts).items()
    assert text.removeprefix("/start ") in BOUGHT_SOURCES and starts == 12
    assert {each.pressed for each in visits} == {0, abuses.ROBOT_PRESSES}
    assert not any(each.products for each in visits)


async def test_a_flood_is_many_starts_of_one(
    shop: TinyShop, make_crowd: MakeCrowd, folder: Path
) -> None:
    visits = await abuse(make_crowd, folder, Abuse.FLOOD)
    await until(lambda: len(shop.texts) == abuses.FLOOD_STARTS * len(visits), "the last start")
    assert len({each.telegram_id for each in visits}) == 1


async def test_spam_repeats_one_text_with_a_link(
    shop: TinyShop, make_crowd: MakeCrowd, folder: Path
) -> None:
    visits = await abuse(make_crowd, folder, Abuse.SPAM)
    sent = len(visits) * (abuses.SPAM_MESSAGES + 1)
    await until(lambda: len(shop.texts) == sent, "the last message")
    text, count = Counter(shop.texts).most_common(1)[0]
    assert "https://" in text and count >= abuses.SPAM_MESSAGES
    assert visits[0].written == abuses.SPAM_MESSAGES


async def test_a_scraper_opens_every_product_and_buys_none(
    shop: TinyShop, make_crowd: MakeCrowd, folder: Path
) -> None:
    visits = await abuse(make_crowd, folder, Abuse.SCRAPE)
    assert visits[0].products == 2 and visits[0].pressed == 3
    pressed = {"catalogue:0", "product:1", "product:2"}
    await until(lambda: set(shop.pressed) == pressed, "the last press")


async def test_a_guesser_tries_one_code_after_another(
    shop: TinyShop, make_crowd: MakeCrowd, folder: Path
) -> None:
    visits = await abuse(make_crowd, folder, Abuse.GUESS)
    sent = len(visits) * (abuses.GUESSES + 1)
    await until(lambda: len(shop.texts) == sent, "the last guess")
    guesses = [text for text in shop.texts if text.startswith("/promo SALE")]
    assert len(guesses) == len(visits) * abuses.GUESSES


async def test_a_hoarder_checks_out_and_never_pays(
    simulator: Simulator, shop: TinyShop, make_crowd: MakeCrowd, folder: Path
) -> None:
    visits = await abuse(make_crowd, folder, Abuse.HOARD)
    assert simulator.world.calls["messages.setBotPrecheckoutResults"] == (
        abuses.HOARDED * len(visits)
    )
    assert payments.charges(simulator.world.db) == [] and not shop.paid


async def test_a_forger_pays_an_order_twice_and_presses_what_was_never_shown(
    simulator: Simulator, shop: TinyShop, make_crowd: MakeCrowd, folder: Path
) -> None:
    visits = await abuse(make_crowd, folder, Abuse.FORGERY)
    charges = payments.charges(simulator.world.db)
    # Telegram takes each invoice once; the tiny shop approves the second of the same order too.
    assert [len(each.charges) for each in visits] == [2] * len(visits)
    assert len({each.invoice for each in charges}) == len(charges) == 2 * len(visits)
    assert len({each.payload for each in charges}) == len(visits)
    await until(lambda: {"buy:", "\x00paid"} <= set(shop.pressed), "the forged presses")
    await until(lambda: any("successful_payment" in text for text in shop.texts), "the claim")


async def test_a_refunder_takes_every_payment_back(
    simulator: Simulator, shop: TinyShop, make_crowd: MakeCrowd, folder: Path
) -> None:
    visits = await abuse(make_crowd, folder, Abuse.REFUND)
    charges = payments.charges(simulator.world.db)
    assert charges
    await until(lambda: len(shop.paid) == len(charges), "the last payment")
    refunds = [each for each in truth.read(folder) if isinstance(each, truth.Refund)]
    assert [(each.charge_id, each.amount) for each in refunds] == [
        (each.id, each.amount) for each in charges if each.refunded_at
    ]
    assert len(refunds) == len(charges) == abuses.REFUNDED * len(visits)
