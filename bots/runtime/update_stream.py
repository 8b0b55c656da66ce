"""Telegram's updates, in order, without gaps, and how far they are handled.

Kurigram counts an update as seen before anybody has handled it, and does not look for gaps. So its
own bookkeeping is replaced: an update counts once its transaction has committed, and missing
updates are fetched by `updates.getDifference` (https://core.telegram.org/api/updates).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import stamina
import structlog
from pyrogram import raw
from pyrogram.errors import AuthKeyDuplicated, FloodWait, RPCError, Unauthorized

from bots.runtime.channels import Channels, stretch_of
from bots.runtime.others_messages import OthersMessages
from bots.runtime.storage import Position
from bots.runtime.translate import Titles, Translation, Users, titles_of, translate
from bots.runtime.watermark import InFlight, Watermark

log = structlog.get_logger()

# A gap often closes by itself: an answer to our own call carries the missing count.
GAP_SECONDS = 0.5
# What Telegram cannot hand out, although it answers, is passed over after so many tries: a bot that
# waits for it would never run again.
DIFFERENCE_TRIES = 5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 60.0  # twice as long after each

Invoke = Callable[[Any], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Named:
    """Whom and what an answer of Telegram's names beside its updates."""

    users: Users = field(default_factory=dict)
    titles: Titles = field(default_factory=dict)

    @classmethod
    def by(cls, answer: Any) -> "Named":
        """Of updates, or of a part of a difference."""
        return cls({user.id: user for user in answer.users}, titles_of(answer.chats))


@dataclass(eq=False, slots=True)
class Arrival:
    """An update on its way through the dispatcher. `received` is of the monotonic clock."""

    translation: Translation
    received: float = field(default_factory=time.monotonic)
    pts: InFlight | None = None
    qts: InFlight | None = None
    channel: tuple[int, InFlight] | None = None


class UpdateStream:
    """One bot's updates. `begin` opens it; what comes before that waits. A gap is given
    `gap_seconds` to close by itself. `on_skipped` is told of updates that Telegram could not hand
    out: why, and how many."""

    def __init__(
        self,
        invoke: Invoke,
        on_arrival: Callable[[Arrival], None],
        *,
        gap_seconds: float = GAP_SECONDS,
    ) -> None:
        self._invoke = invoke
        self._on_arrival = on_arrival
        self._gap_seconds = gap_seconds
        self._early: list[raw.base.Updates] = []
        self._is_open = False
        self._is_leaving = False
        self._pts = Watermark(0)
        self._qts = Watermark(0)
        self._date = 0
        self._stored = Position(0, 0, 0)
        self._catching_up = asyncio.Lock()
        self._gap_task: asyncio.Task[None] | None = None
        self._is_behind = False  # Telegram has said so, and we have not asked since
        self.on_skipped: Callable[[str, int], None] = _log_skipped
        self.channels = Channels(invoke, self._take_missed)
        self.others = OthersMessages()

    @property
    def is_filling(self) -> bool:
        """Whether a gap is given time to close, or being fetched."""
        return self._gap_task is not None and not self._gap_task.done()

    def begin(self, position: Position) -> None:
        """Everything up to `position` is handled; lets in what has come in the meantime."""
        self._pts = Watermark(position.pts)
        self._qts = Watermark(position.qts)
        self._date = position.date
        self._stored = position
        self.channels.begin(position.channels)
        self._is_open = True
        early, self._early = self._early, []
        for updates in early:
            self.take(updates)

    def leave(self) -> None:
        """From now on, only what the next holder of the bot would not be told again is let in."""
        if self._is_open:
            self._is_open, self._is_leaving = False, True
        self.channels.close()
        if self._gap_task is not None:
            self._gap_task.cancel()

    def close(self) -> None:
        """No more updates are accepted."""
        self._is_leaving = False
        self._is_open = False
        self.channels.close()
        if self._gap_task is not None:
            self._gap_task.cancel()

    # How far we are.

    def position(self, *done: Arrival) -> Position:
        """The low-water mark, as it will be once `done` are committed."""
        return Position(
            self._pts.mark(*(each.pts for each in done if each.pts is not None)),
            self._qts.mark(*(each.qts for each in done if each.qts is not None)),
            self._date,
            self.channels.unsaved(each.channel for each in done if each.channel is not None),
        )

    def is_stored(self, position: Position) -> bool:
        own = (position.pts, position.qts) == (self._stored.pts, self._stored.qts)
        return own and not position.channels

    def stored(self, position: Position) -> None:
        """The transaction that wrote the mark has committed."""
        self._stored = position
        self.channels.saved(position.channels)

    def finish(self, arrival: Arrival) -> None:
        """The update is committed, or known to have been handled before."""
        of_channel = arrival.channel[1] if arrival.channel is not None else None
        for update in (arrival.pts, arrival.qts, of_channel):
            if update is not None:
                update.is_finished = True

    # What comes.

    def take(self, updates: raw.base.Updates) -> None:
        """What Telegram pushes."""
        if self._is_leaving:
            self._take_uncounted(updates)
            return
        if not self._is_open:
            self._early.append(updates)
            return
        match updates:
            case raw.types.Updates() | raw.types.UpdatesCombined():
                self._date = max(self._date, updates.date)
                named = Named.by(updates)
                for update in updates.updates:
                    self._take_one(update, named)
            case raw.types.UpdateShort():
                self._take_one(updates.update, Named())
            case raw.types.UpdatesTooLong():
                self._fetch_what_is_missing(0)
            case raw.types.UpdateShortMessage() | raw.types.UpdateShortChatMessage():
                # Without its sender: the difference brings the whole of it.
                self._fetch_what_is_missing(0)
            case _:
                self.note(updates)
        if self._pts.has_gap or self._qts.has_gap:
            self._fetch_what_is_missing(self._gap_seconds)

    def _take_uncounted(self, updates: raw.base.Updates) -> None:
        match updates:
            case raw.types.Updates() | raw.types.UpdatesCombined():
                named = Named.by(updates)
                for update in updates.updates:
                    if _is_uncounted(update):
                        self._take_one(update, named)
            case raw.types.UpdateShort() if _is_uncounted(updates.update):
                self._take_one(updates.update, Named())
            case _:
                return

    def note(self, answer: object) -> None:
        """What the answer to a call of ours says of the count: our own messages move it too."""
        self.others.answered(answer)
        match answer:
            case raw.types.Updates() if self._is_open:
                self.take(answer)
            case (
                raw.types.UpdateShortSentMessage()
                | raw.types.messages.AffectedMessages()
                | raw.types.messages.AffectedHistory()
            ) if self._is_open:
                self._pts.cover(answer.pts - answer.pts_count, answer.pts)
            case _:
                return

    def _take_one(self, update: raw.base.Update, named: Named) -> None:
        if isinstance(update, raw.types.UpdateChannelTooLong):
            self.channels.fetch(update.channel_id, 0)
        self.others.seen(update)
        stretch = stretch_of(update)
        pts, qts = _counts(update)
        translation = _translated(update, named)
        arrival = Arrival(translation) if translation is not None else None
        if pts is not None:
            if arrival is not None:
                arrival.pts = self._pts.track(pts[0])
            self._pts.cover(*pts)
        if qts is not None:
            if arrival is not None:
                arrival.qts = self._qts.track(qts - 1)
            self._qts.cover(qts - 1, qts)
        if stretch is not None:
            if arrival is not None:
                arrival.channel = stretch[0], self.channels.track(stretch)
            self.channels.cover(stretch, self._gap_seconds)
        if arrival is not None:
            self._on_arrival(arrival)

    # What is missing.

    def _fetch_what_is_missing(self, delay: float) -> None:
        if not delay:
            self._is_behind = True
        if not self.is_filling:
            self._gap_task = asyncio.create_task(self._fill_gap(delay))

    @property
    def _misses_something(self) -> bool:
        return self._is_behind or self._pts.has_gap or self._qts.has_gap

    async def _fill_gap(self, delay: float) -> None:
        """Asks until nothing is missing; also for what Telegram says meanwhile to be missing."""
        await asyncio.sleep(delay)
        while self._misses_something:
            is_behind, self._is_behind = self._is_behind, False
            try:
                await (self.catch_up() if is_behind else self._catch_up())
                is_missing = self._pts.has_gap or self._qts.has_gap
            except Exception as error:  # pylint: disable=broad-exception-caught  # asks again
                self._is_behind |= is_behind
                is_missing = True
                log.warning("a gap in the updates was not filled yet", error=repr(error))
            if is_missing:
                await asyncio.sleep(5 * self._gap_seconds)

    async def catch_up(self) -> None:
        """Fetches everything after what has reached us, part by part; the channels' in the
        background."""
        await self._catch_up()
        self.channels.fetch_all()

    async def _catch_up(self) -> None:
        async with self._catching_up:
            try:
                while await self._fetch_patiently():
                    pass
            except (RPCError, TimeoutError) as error:
                if not _may_pass(error):
                    raise
                await self._skip(_code_of(error))

    async def _fetch_patiently(self) -> bool:
        """Fetches a part, and says whether there is more; raises what the last try met."""
        async for attempt in stamina.retry_context(
            on=_may_pass,
            attempts=DIFFERENCE_TRIES,
            timeout=None,
            wait_initial=_FIRST_PAUSE,
            wait_max=_LONGEST_PAUSE,
            wait_jitter=0,
        ):
            with attempt:
                try:
                    return await self._fetch_part()
                except (RPCError, TimeoutError) as error:
                    if _may_pass(error):
                        log.warning(
                            "a difference was not fetched", error=repr(error), tries=attempt.num
                        )
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def _skip(self, code: str) -> None:
        """Goes on from where Telegram's count stands now, without what came before that."""
        state: raw.types.updates.State = await self._invoke(raw.functions.updates.GetState())
        missed = max(0, state.pts - self._pts.arrived) + max(0, state.qts - self._qts.arrived)
        self._pts.jump(max(state.pts, self._pts.gap_end))
        self._qts.jump(max(state.qts, self._qts.gap_end))
        self._date = max(self._date, state.date)
        self.on_skipped(code, missed)

    async def _fetch_part(self) -> bool:
        pts, qts = self._pts.arrived, self._qts.arrived
        # Not what comes while we ask: that may lie beyond a gap that Telegram did not speak of.
        pts_end, qts_end = self._pts.gap_end, self._qts.gap_end
        part = await self._invoke(
            raw.functions.updates.GetDifference(pts=pts, date=self._date or 1, qts=qts)
        )
        match part:
            case raw.types.updates.Difference(state=state):
                is_more = False
            case raw.types.updates.DifferenceSlice(intermediate_state=state):
                is_more = state.pts > pts or state.qts > qts
            case raw.types.updates.DifferenceTooLong():
                self._pts.jump(part.pts)
                self.on_skipped("DIFFERENCE_TOO_LONG", part.pts - pts)
                return True
            case _:  # DifferenceEmpty
                self._pts.jump(pts_end)
                self._qts.jump(qts_end)
                return False
        self._take_part(part, pts, qts)
        self._pts.jump(state.pts)
        self._qts.jump(state.qts)
        self._date = max(self._date, state.date)
        return is_more

    def _take_part(
        self,
        part: raw.types.updates.Difference | raw.types.updates.DifferenceSlice,
        pts: int,
        qts: int,
    ) -> None:
        """Each update keeps the mark at the part's beginning: it has no count of its own."""
        named = Named.by(part)
        messages: Iterable[raw.base.Update] = (
            raw.types.UpdateNewMessage(message=message, pts=0, pts_count=0)
            for message in part.new_messages
        )
        for update in (*messages, *part.other_updates):
            self.others.seen(update)
            translation = _translated(update, named)
            if translation is not None:
                self._on_arrival(
                    Arrival(translation, pts=self._pts.track(pts), qts=self._qts.track(qts))
                )

    def _take_missed(
        self,
        update: raw.base.Update,
        part: raw.types.updates.ChannelDifference,
        channel_id: int,
        in_flight: InFlight,
    ) -> None:
        """An update that a channel's difference has brought."""
        translation = _translated(update, Named.by(part))
        if translation is None:
            in_flight.is_finished = True
        else:
            self._on_arrival(Arrival(translation, channel=(channel_id, in_flight)))


def _log_skipped(code: str, missed: int) -> None:
    log.warning("updates are skipped", code=code, missed=missed)


def _may_pass(error: Exception) -> bool:
    """Whether the same question may be answered later; what concerns the session is not asked
    again."""
    return isinstance(error, RPCError | TimeoutError) and not isinstance(
        error, FloodWait | Unauthorized | AuthKeyDuplicated
    )


def _code_of(error: RPCError | TimeoutError) -> str:
    return str(error.ID or f"HTTP_{error.CODE}") if isinstance(error, RPCError) else "TIMEOUT"


def _translated(update: raw.base.Update, named: Named) -> Translation | None:
    try:
        return translate(update, named.users, datetime.now(UTC), named.titles)
    except Exception:  # pylint: disable=broad-exception-caught  # one must not stop all that follow
        log.exception("an update was not understood", kind=update.QUALNAME)
        return None


def _is_uncounted(update: raw.base.Update) -> bool:
    """No difference will ever bring it: presses of buttons, pre-checkout queries."""
    return getattr(update, "pts", None) is None and getattr(update, "qts", None) is None


def _counts(update: raw.base.Update) -> tuple[tuple[int, int] | None, int | None]:
    """The stretch of the account's pts that an update covers, and its qts.

    Channels count for themselves: see `stretch_of`.
    """
    pts, pts_count, qts = (getattr(update, name, None) for name in ("pts", "pts_count", "qts"))
    if pts is None or pts_count is None or stretch_of(update) is not None:
        return None, qts
    return (pts - pts_count, pts), qts
