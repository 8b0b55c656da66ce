"""The crowd: people who arrive at a given rate, or a fixed number who come again and again."""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

import structlog

from simulator.crowd import abuses, honest, truth
from simulator.crowd.clerk import Clerk
from simulator.crowd.latency import Latencies
from simulator.crowd.ledger import Audit, Ledger
from simulator.crowd.options import Abuse, CrowdOptions, Role
from simulator.crowd.people import Persona, make_bought, make_persona, make_ring
from simulator.crowd.phone import AnyMessage, Phone
from simulator.crowd.receipts import record_of
from simulator.crowd.restoring import PEOPLE_REMEMBERED, restore
from simulator.crowd.truth import AnyRecord, Truth
from simulator.crowd.visit import GaveUp, Scene, Shopper, TurnedDown, Visit
from simulator.demo import DEMO_BOTS
from simulator.wire.rpc import RpcError
from simulator.world import accounts
from simulator.world.world import World

# How much more likely than others returning buyers are to come back.
RETURNING_WEIGHT = 4
POLL_SECONDS = 0.2
INVITATIONS_REMEMBERED = 200

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody comes to a shop."""

    pause: float
    """Since the arrival before, in multiples of the mean interval."""
    persona: Persona | None
    """None: somebody who has been there before."""
    seed: int
    """The seed of all choices of the visit."""


def arrivals(random: Random, options: CrowdOptions) -> Iterator[Arrival]:
    """An endless sequence; the same for the same random source and options."""
    while True:
        returns = random.random() < options.return_share
        yield Arrival(
            pause=random.expovariate(1),
            persona=None if returns else make_persona(random, options),
            seed=random.getrandbits(64),
        )


class Crowd:
    """The people of some shops. They receive what bots send from the moment the crowd is made."""

    def __init__(
        self, world: World, writer: Truth, options: CrowdOptions, *, seed: int, bot_ids: list[int]
    ) -> None:
        self._world = world
        self._writer = writer
        self._options = options
        self._seed = seed
        self._bots = [world.account(each) for each in bot_ids]
        self._ledger = Ledger()
        self._latencies = Latencies()
        passed_on = {each: deque[str](maxlen=INVITATIONS_REMEMBERED) for each in bot_ids}
        self._scene = Scene(world, options, self._latencies, self._write, passed_on, self._bring)
        self._known: dict[int, deque[Shopper]] = {each: deque() for each in bot_ids}
        self._gone: deque[Shopper] = deque()
        self._slots: dict[int, Shopper] = {}
        self._alone: dict[int, int] = {}
        """By bot: the home of the last honest person who has come and lives alone."""
        self._visits: dict[int, asyncio.Task[None]] = {}
        self._closed_for_visits = False
        self._clerks = [
            Clerk(world, bot, options, Random(f"{seed}/clerk/{bot.id}"))
            for bot in DEMO_BOTS
            if bot.id in bot_ids and accounts.by_id(world.db, bot.clerk) is not None
        ]
        for clerk in self._clerks:
            world.listen(clerk.id, clerk)
        self._restore(bot_ids)

    def _restore(self, bot_ids: list[int]) -> None:
        past = restore(self._world.db, self._writer.folder, set(bot_ids))
        for record in past.records:
            self._ledger.count(record)
        self._run = past.runs + 1
        self._write(truth.Run(run=self._run, seed=self._seed, bots=bot_ids))
        for record in past.missed:
            self._write(record)
        for person, persona in past.people:
            account, bot = self._world.account(person.telegram_id), self._world.account(person.bot)
            shopper = self._remember(account, bot, persona)
            if person.slot is not None:
                self._slots[person.slot] = shopper

    def _write(self, record: AnyRecord) -> None:
        self._writer.write(record)
        self._ledger.count(record)

    # Called from outside

    async def come(self, visitors_per_minute: float) -> None:
        """People come to each shop at random moments, until cancelled."""
        try:
            async with asyncio.TaskGroup() as shops:
                for bot in self._bots:
                    shops.create_task(self._come_to(bot.id, 60 / visitors_per_minute))
        finally:
            await self._end_visits()

    async def come_again(self, shoppers: int, pause_seconds: float) -> None:
        """So many people visit their shops again and again, with pauses, until cancelled."""
        try:
            async with asyncio.TaskGroup() as regulars:
                for slot in range(shoppers):
                    regulars.create_task(self._come_as(slot, pause_seconds))
        finally:
            await self._end_visits()

    def let_in(self, is_open: bool) -> None:
        """Allow or stop new visits; visits in progress continue."""
        self._closed_for_visits = not is_open

    @property
    def visiting(self) -> int:
        return len(self._visits)

    def audit(self, *, payers: bool = False) -> Audit:
        """A record of what was done and seen; with every payer's charges and receipts if
        requested."""
        return self._ledger.audit(
            visiting=self.visiting,
            milliseconds=self._latencies.summary(),
            payers=list(self._ledger.payers.values()) if payers else None,
        )

    # People who arrive at a rate

    async def _come_to(self, bot_id: int, interval: float) -> None:
        bot = self._world.account(bot_id)
        for arrival in arrivals(Random(f"{self._seed}/{self._run}/{bot_id}"), self._options):
            await asyncio.sleep(arrival.pause * interval)
            if self._can_enter(bot_id) and len(self._visits) < self._options.most_visits:
                self._arrive(bot, arrival)

    def _can_enter(self, bot_id: int) -> bool:
        """Nobody comes to a shop that has never opened or is closed."""
        return not self._closed_for_visits and self._world.is_listening(bot_id)

    def _arrive(self, bot: accounts.Account, arrival: Arrival) -> None:
        random = Random(arrival.seed)
        persona = arrival.persona or self._someone_known(bot.id, random)
        if isinstance(persona, Shopper):
            self._begin(persona, random)
        elif persona is not None and persona.abuse is Abuse.TRAFFIC:
            self._begin_burst(bot, random)
        elif persona is not None:
            persona = self._housed(bot, self._invited(bot, persona, random))
            self._begin(self._remember(self._add(bot, persona), bot, persona), random)

    def _invited(self, bot: accounts.Account, persona: Persona, random: Random) -> Persona:
        """Some honest people come by a link that somebody has passed on."""
        codes = self._scene.invitations[bot.id]
        if not codes or persona.abuse is not None:
            return persona
        if random.random() >= self._options.invited_share:
            return persona
        return replace(persona, source=random.choice(codes))

    def _housed(self, bot: accounts.Account, persona: Persona) -> Persona:
        """Some honest people live with one who has come before and lived alone."""
        if persona.abuse is not None or bot.id not in self._alone:
            return persona
        # Of a source of its own: whoever lives with somebody chooses as they would alone.
        if Random(f"{persona.telegram_id}/home").random() >= self._options.household_share:
            return persona
        return replace(persona, home=self._alone.pop(bot.id))

    def _someone_known(self, bot_id: int, random: Random) -> Shopper | None:
        known = [each for each in self._known[bot_id] if each.account.id not in self._visits]
        weights = [
            RETURNING_WEIGHT if each.persona.role is Role.RETURNING_BUYER else 1 for each in known
        ]
        return random.choices(known, weights)[0] if known else None

    # A fixed number of people

    async def _come_as(self, slot: int, pause_seconds: float) -> None:
        bot = self._bots[slot % len(self._bots)]
        persona = make_persona(Random(f"{self._seed}/{slot}"), self._options)
        random = Random(f"{self._seed}/{self._run}/{slot}")
        await asyncio.sleep(random.uniform(0, pause_seconds))
        while True:
            if not self._can_enter(bot.id):
                await asyncio.sleep(POLL_SECONDS)
                continue
            if persona.abuse is Abuse.TRAFFIC:
                tasks = self._begin_burst(bot, random)
            else:
                if slot not in self._slots:
                    persona = self._housed(bot, self._invited(bot, persona, random))
                    account = self._add(bot, persona, slot)
                    self._slots[slot] = self._remember(account, bot, persona)
                tasks = [self._begin(self._slots[slot], random)]
            await asyncio.wait(tasks)
            await asyncio.sleep(random.expovariate(1 / pause_seconds))

    # Everyone

    def _add(
        self, bot: accounts.Account, persona: Persona, slot: int | None = None
    ) -> accounts.Account:
        username = persona.username
        if username and accounts.by_username(self._world.db, username):
            username = None
        with self._world.change() as change:
            person = accounts.add_person(
                change.db,
                first_name=persona.first_name,
                last_name=persona.last_name,
                username=username,
                language=persona.language,
                premium=persona.premium,
                wished_id=persona.telegram_id,
            )
        if persona.abuse is None and persona.home is None:
            self._alone[bot.id] = person.id
        self._write(
            truth.Person(
                telegram_id=person.id,
                bot=bot.id,
                role=persona.role,
                abuse=persona.abuse,
                source=persona.source,
                first_name=person.first_name,
                language=person.language,
                premium=person.premium,
                username=username,
                slot=slot,
                home=persona.home or person.id,
            )
        )
        return person

    def _shopper(
        self, account: accounts.Account, bot: accounts.Account, persona: Persona
    ) -> Shopper:
        def on_message(message: AnyMessage) -> None:
            record = record_of(message, message.id, telegram_id=account.id, bot=bot.id)
            if record is not None:
                self._write(record)

        phone = Phone(account, bot, on_message)
        home = persona.home or account.id
        shopper = Shopper(account, bot, persona, phone, contact=account.id, home=home)
        self._world.listen(account.id, shopper.phone)
        return shopper

    def _remember(
        self, account: accounts.Account, bot: accounts.Account, persona: Persona
    ) -> Shopper:
        """The shopper, who may come back and receives the bot's messages meanwhile."""
        shopper = self._shopper(account, bot, persona)
        known = self._known[bot.id]
        known.append(shopper)
        if len(known) > PEOPLE_REMEMBERED:
            oldest = known.popleft()
            if oldest.account.id in self._visits:
                known.append(oldest)
            else:
                self._world.unlisten(oldest.account.id, oldest.phone)
        return shopper

    def _begin_burst(self, bot: accounts.Account, random: Random) -> list[asyncio.Task[None]]:
        """Bought people, all within a short time; they never come back."""
        bought = make_bought(random, self._options.burst_people)
        return [
            self._begin(
                self._shopper(self._add(bot, persona), bot, persona),
                Random(random.getrandbits(64)),
                after=random.uniform(0, self._options.burst_seconds),
            )
            for persona in bought
        ]

    def _bring(self, owner: Shopper, code: str, random: Random) -> None:
        """Accounts of somebody's own come by their link; they never come back."""
        for persona in make_ring(random, self._options.ring_people, code, owner.home):
            other = self._shopper(self._add(owner.bot, persona), owner.bot, persona)
            other.contact = owner.account.id
            self._begin(other, Random(random.getrandbits(64)))

    def _begin(self, shopper: Shopper, random: Random, after: float = 0.0) -> asyncio.Task[None]:
        code = "" if shopper.visits else shopper.persona.source
        shopper.visits += 1
        task = asyncio.create_task(self._visit(Visit(self._scene, shopper, random, code), after))
        person_id = shopper.account.id
        self._visits[person_id] = task
        task.add_done_callback(lambda _: self._visits.pop(person_id, None))
        return task

    async def _visit(self, visit: Visit, after: float) -> None:
        outcome: Literal["done", "gave_up", "refused", "cut"] = "done"
        reason = ""
        try:
            await asyncio.sleep(after)
            is_abuser = visit.shopper.persona.abuse is not None
            await (abuses.abuse(visit) if is_abuser else honest.shop(visit))
        except asyncio.CancelledError:
            outcome = "cut"
            raise
        except GaveUp as error:
            outcome, reason = "gave_up", str(error)
        except (RpcError, TurnedDown) as error:
            outcome, reason = "refused", str(error)
        except Exception as error:  # pylint: disable=broad-exception-caught  # one shopper only
            outcome, reason = "gave_up", f"{type(error).__name__}: {error}"
            log.exception("shopper_failed", person=visit.shopper.account.id)
        finally:
            try:
                await visit.leave(at_once=outcome == "cut")
            finally:
                visit.note(outcome, reason)
                if visit.shopper.persona.abuse is Abuse.TRAFFIC or visit.shopper.is_anothers:
                    self._let_go(visit.shopper)

    def _let_go(self, shopper: Shopper) -> None:
        """They never come back; what the bot sends them is recorded for as long as of others."""
        self._gone.append(shopper)
        if len(self._gone) > PEOPLE_REMEMBERED:
            oldest = self._gone.popleft()
            self._world.unlisten(oldest.account.id, oldest.phone)

    async def _end_visits(self) -> None:
        for clerk in self._clerks:
            clerk.leave()
        visits = list(self._visits.values())
        for visit in visits:
            visit.cancel()
        await asyncio.gather(*visits, return_exceptions=True)
