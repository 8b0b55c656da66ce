"""The update counts of channels and supergroups: each has its own, and its own difference.

Source: https://core.telegram.org/api/updates#recovering-gaps
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog
from pyrogram import raw
from pyrogram.errors import ChannelInvalid, ChannelPrivate, RPCError

from bots.runtime.watermark import InFlight, Watermark

log = structlog.get_logger()

_LIMIT = 100  # updates a part

Stretch = tuple[int, int, int]  # a channel's id, and what of its count an update covers


def stretch_of(update: raw.base.Update) -> Stretch | None:
    """None for an update that is not in a channel's count."""
    message = getattr(update, "message", None)
    peer = getattr(message, "peer_id", None)
    channel_id = getattr(update, "channel_id", None)
    if isinstance(peer, raw.types.PeerChannel):
        channel_id = peer.channel_id
    pts: int | None = getattr(update, "pts", None)
    pts_count: int | None = getattr(update, "pts_count", None)
    if channel_id is None or pts is None or pts_count is None:
        return None
    return channel_id, pts - pts_count, pts


async def find_without_hash(channel_id: int) -> raw.types.InputChannel:
    """A channel that the bot is in, as Telegram lets bots name it."""
    return raw.types.InputChannel(channel_id=channel_id, access_hash=0)


class Channels:
    """One bot's channels. `on_missed` gets each update that a difference brings, with what keeps
    the mark below it."""

    def __init__(
        self,
        invoke: Callable[[Any], Awaitable[Any]],
        on_missed: Callable[
            [raw.base.Update, raw.types.updates.ChannelDifference, int, InFlight], None
        ],
    ) -> None:
        self.find = find_without_hash
        self._invoke = invoke
        self._on_missed = on_missed
        self._counts: dict[int, Watermark] = {}
        self._stored: dict[int, int] = {}
        self._fetching: dict[int, asyncio.Task[None]] = {}

    def begin(self, marks: Iterable[tuple[int, int]]) -> None:
        """Where the stored marks stand."""
        self._stored = dict(marks)
        self._counts = {channel_id: Watermark(pts) for channel_id, pts in self._stored.items()}

    def close(self) -> None:
        """Stops fetching."""
        for task in self._fetching.values():
            task.cancel()

    def track(self, stretch: Stretch) -> InFlight:
        """An update that is going to be handled has arrived; `cover` follows."""
        return self._count(stretch).track(stretch[1])

    def cover(self, stretch: Stretch, gap_seconds: float) -> None:
        """An update has arrived; what is missing before it is fetched unless it comes by then."""
        count = self._count(stretch)
        count.cover(*stretch[1:])
        if count.has_gap:
            self.fetch(stretch[0], gap_seconds)

    def _count(self, stretch: Stretch) -> Watermark:
        # For a channel without a stored mark, earlier updates do not concern this bot.
        return self._counts.setdefault(stretch[0], Watermark(stretch[1]))

    def unsaved(self, done: Iterable[tuple[int, InFlight]] = ()) -> tuple[tuple[int, int], ...]:
        """The low-water marks that differ from the stored ones, as they will be once `done` are
        committed."""
        finished = tuple(done)
        marks = (
            (channel_id, count.mark(*(update for owner, update in finished if owner == channel_id)))
            for channel_id, count in self._counts.items()
        )
        return tuple(mark for mark in marks if self._stored.get(mark[0]) != mark[1])

    def saved(self, marks: Iterable[tuple[int, int]]) -> None:
        """The transaction that wrote them has committed."""
        self._stored.update(marks)

    def fetch_all(self) -> None:
        """Telegram does not report by itself what was missed in channels."""
        for channel_id in list(self._counts):
            self.fetch(channel_id, 0)

    def fetch(self, channel_id: int, delay: float) -> None:
        """Fetches what is missing of a channel that was heard before, unless that is under way."""
        task = self._fetching.get(channel_id)
        if channel_id in self._counts and (task is None or task.done()):
            self._fetching[channel_id] = asyncio.create_task(self._fetch(channel_id, delay))

    async def _fetch(self, channel_id: int, delay: float) -> None:
        await asyncio.sleep(delay)
        count = self._counts[channel_id]
        if delay and not count.has_gap:
            return
        try:
            while await self._fetch_part(channel_id, count):
                pass
        except (ChannelInvalid, ChannelPrivate):
            log.info("the bot is no longer in a channel", channel_id=channel_id)
            del self._counts[channel_id]
        except (RPCError, OSError) as error:
            # The next update of the channel shows the gap again.
            log.warning("a channel's updates were not fetched", error=repr(error))

    async def _fetch_part(self, channel_id: int, count: Watermark) -> bool:
        pts, end = count.arrived, count.gap_end
        part = await self._invoke(
            raw.functions.updates.GetChannelDifference(
                channel=await self.find(channel_id),
                filter=raw.types.ChannelMessagesFilterEmpty(),
                pts=max(1, pts),
                limit=_LIMIT,
            )
        )
        match part:
            case raw.types.updates.ChannelDifference():
                for update in _updates_of(part):
                    self._on_missed(update, part, channel_id, count.track(pts))
                count.jump(part.pts)
                return not part.final and part.pts > pts
            case raw.types.updates.ChannelDifferenceTooLong():
                log.warning("Telegram no longer keeps a channel's updates", channel_id=channel_id)
                count.jump(getattr(part.dialog, "pts", None) or end)
            case _:  # ChannelDifferenceEmpty
                count.jump(max(end, part.pts))
        return False


def _updates_of(part: raw.types.updates.ChannelDifference) -> list[raw.base.Update]:
    messages = [
        raw.types.UpdateNewChannelMessage(message=message, pts=0, pts_count=0)
        for message in part.new_messages
    ]
    return [*messages, *part.other_updates]
