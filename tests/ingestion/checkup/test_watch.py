"""Alerts are told once and end once; nothing flaps; a store that is away hides nothing."""

import asyncio
from collections.abc import Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from core.postgres import Connection
from core.settings import Settings
from ingestion.checkup.alerts import BEGINS_AFTER, ENDS_AFTER, Book, Change
from ingestion.checkup.findings import FAIL, OK, WARN, Check, Finding, Judgement, Means, State
from ingestion.checkup.watch import _LOCK as LOCK
from ingestion.checkup.watch import NotSent, Watch, sender
from tests.ingestion import gate
from tests.properties import examples


def of(*states: State | None) -> list[Finding]:
    """What one check found, look after look; None: it was not made."""
    return [Finding("disk", each or OK, "x", is_made=each is not None) for each in states]


def test_some_checks_alert_from_a_warning_on() -> None:
    book = Book()
    warns = Finding("certificate", WARN, "20 days", alerts_from=WARN)
    assert not book.look([warns]) and book.look([warns])[0].begins
    assert not book.look([Finding("telegram", WARN, "x")] * BEGINS_AFTER)


def test_a_warning_that_becomes_a_failure_is_told_again_and_no_more() -> None:
    looks = [WARN, WARN, WARN, FAIL, WARN, FAIL, FAIL, FAIL, WARN, WARN, FAIL, FAIL]
    findings = [Finding("disk", state, "x", alerts_from=WARN) for state in looks]
    assert told(book := Book(), findings) == [True, True]
    assert book.told == {"disk": FAIL}


def told(book: Book, findings: list[Finding]) -> list[bool]:
    """Whether each change that was told began an alert."""
    made: list[Change] = []
    for each in findings:
        changes = book.look([each])
        book.note(changes)
        made += changes
    return [each.begins for each in made]


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        (of(OK, WARN, OK), []),
        (of(FAIL), []),
        (of(FAIL, OK, FAIL, OK, FAIL), []),
        (of(FAIL, FAIL, FAIL, FAIL), [True]),
        (of(FAIL, FAIL, OK, OK, OK, FAIL, OK, OK, OK), [True]),
        (of(FAIL, FAIL, OK, OK, WARN, OK, OK), [True, False]),
        (of(FAIL, None, FAIL), [True]),
        (of(FAIL, FAIL, None, None, None, None, None), [True]),
    ],
)
def test_an_alert_begins_once_and_ends_once(findings: list[Finding], expected: list[bool]) -> None:
    assert told(Book(), findings) == expected


@examples(60)
@given(st.lists(st.sampled_from([OK, WARN, FAIL]), max_size=60))
def test_beginnings_and_ends_take_turns(states: list[State]) -> None:
    changes = told(Book(), of(*states))
    assert changes == [number % 2 == 0 for number in range(len(changes))]
    assert len(changes) <= 1 + len(states) // (BEGINS_AFTER + ENDS_AFTER) * 2


def test_what_could_not_be_told_is_told_later() -> None:
    book = Book()
    failing = of(FAIL)
    assert not book.look(failing) and book.look(failing) and book.look(failing)
    change = book.look(failing)[0]
    book.note([change])
    assert not book.look(failing) and change.text == "⚠️ disk: x"


class Sick:
    """A check that finds what the test says."""

    def __init__(self) -> None:
        self.state: State = FAIL

    async def __call__(self, _means: Means) -> Judgement:
        return self.state, "a text", "do this" if self.state is FAIL else ""


async def test_it_tells_once_whoever_looks(settings: Settings, connection: Connection) -> None:
    messages: list[str] = []

    async def send(text: str) -> None:
        messages.append(text)

    sick, registry = Sick(), CollectorRegistry()

    def watch(kept: CollectorRegistry) -> Watch:
        return Watch(settings, kept, send, [Check("disk", sick)])

    first = watch(registry)
    for _ in range(BEGINS_AFTER + 2):
        await first.look()
    assert messages == ["Vitrina\n\n⚠️ disk: a text\nWhat to do: do this"]
    assert registry.get_sample_value("vitrina_check_state", {"check": "disk"}) == 2
    second = watch(other := CollectorRegistry())
    assert await second.look() == []  # not its turn
    assert other.get_sample_value("vitrina_check_state", {"check": "disk"}) is None
    await stop(first)
    for _ in range(BEGINS_AFTER + 2):
        while not await second.look():
            await asyncio.sleep(0.02)  # until PostgreSQL has ended the other's lock
    assert len(messages) == 1
    sick.state = OK
    for _ in range(ENDS_AFTER + 2):
        await second.look()
    assert messages[1:] == ["Vitrina\n\n✅ disk is well again: a text"]
    assert await connection.fetchval("SELECT count(*) FROM operator_alerts") == 0
    await stop(second)


async def test_who_takes_over_tells_what_got_worse_and_nothing_else(
    settings: Settings, connection: Connection
) -> None:
    messages: list[str] = []

    async def send(text: str) -> None:
        messages.append(text)

    sick = Sick()
    for state, count in ((WARN, 1), (WARN, 1), (FAIL, 2), (FAIL, 2)):
        sick.state = state
        watch = Watch(settings, CollectorRegistry(), send, [Check("disk", sick, alerts_from=WARN)])
        for _ in range(BEGINS_AFTER):
            while not await watch.look():
                await asyncio.sleep(0.02)  # until PostgreSQL has ended the other's lock
        assert len(messages) == count
        assert await connection.fetchval("SELECT state FROM operator_alerts") == state
        await stop(watch)


async def stop(watch: Watch) -> None:
    running = asyncio.create_task(watch.run())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_while_postgres_is_away_who_looked_before_goes_on(settings: Settings) -> None:
    messages: list[str] = []

    async def send(text: str) -> None:
        messages.append(text)

    away = settings.model_copy(
        update={"database_url": SecretStr("postgresql://v:v@127.0.0.1:1/none")}
    )
    watch = Watch(away, CollectorRegistry(), send, [Check("disk", Sick())])
    assert await watch.look() == []  # it never looked
    setattr(watch, "_looks", True)
    for _ in range(BEGINS_AFTER):
        assert await watch.look()
    assert len(messages) == 1


async def test_a_postgres_that_says_nothing_is_away(
    settings: Settings, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages: list[str] = []

    async def send(text: str) -> None:
        messages.append(text)

    async with gate.before(settings.database_url.get_secret_value()) as way:
        way.only = b""
        through = settings.model_copy(update={"database_url": SecretStr(way.url)})
        watch = Watch(through, CollectorRegistry(), send, [Check("disk", Sick())])
        assert await watch.look()
        way.hold_after = 0
        monkeypatch.setattr("ingestion.checkup.watch.SECONDS", 0.05)
        async with asyncio.timeout(60):
            assert await watch.look() and await watch.look()
        assert len(messages) == 1
        monkeypatch.undo()
        way.hold_after = None
        way.release.set()
        async with asyncio.timeout(60):
            while not await connection.fetchval("SELECT count(*) FROM operator_alerts"):
                await watch.look()  # until PostgreSQL has ended the former lock
                await asyncio.sleep(0.02)
        assert len(messages) == 1
        await stop(watch)


async def test_who_looks_again_knows_what_others_told_meanwhile(
    settings: Settings, connection: Connection
) -> None:
    messages: list[str] = []

    async def send(text: str) -> None:
        messages.append(text)

    sick = Sick()
    watch = Watch(settings, CollectorRegistry(), send, [Check("disk", sick)])
    for _ in range(BEGINS_AFTER):
        await watch.look()
    assert len(messages) == 1
    # Another has looked since, and told that it was well again.
    await connection.execute("DELETE FROM operator_alerts")
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'vitrina watch' AND datname = current_database()"
    )
    async with asyncio.timeout(60):
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
            await asyncio.sleep(0.02)
    while await watch.look():
        await asyncio.sleep(0.02)  # until it has seen that its connection has ended
    await connection.execute("SELECT pg_advisory_unlock_all()")
    for _ in range(BEGINS_AFTER):
        await watch.look()
    assert len(messages) == 2 and messages[0] == messages[1]
    await stop(watch)


@pytest.mark.parametrize("status", [200, 401])
async def test_the_operator_s_chat_is_written_to(
    settings: Settings, status: int, unused_tcp_port_factory: Callable[[], int]
) -> None:
    asked: list[tuple[str, dict[str, str]]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.path, await request.json()))
        return web.json_response({"ok": status == 200}, status=status)

    app = web.Application()
    app.router.add_post("/{tail:.*}", answer)
    assert sender(settings) is None
    chosen = settings.model_copy(
        update={"operator_bot_token": SecretStr("1:secret"), "operator_chat": "42"}
    )
    async with TestServer(app) as server:
        send = sender(chosen, str(server.make_url("")).rstrip("/"))
        assert send is not None
        if status == 200:
            await send("hello")
        else:
            with pytest.raises(NotSent, match="401"):
                await send("hello")
    assert asked == [("/bot1:secret/sendMessage", {"chat_id": "42", "text": "hello"})]
    send = sender(chosen, f"http://127.0.0.1:{unused_tcp_port_factory()}")
    assert send is not None
    with pytest.raises(NotSent) as refused:
        await send("hello")
    assert "secret" not in str(refused.value)
