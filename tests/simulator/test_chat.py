"""The conversation in the terminal, as a person types it: piped in, and in a true terminal."""

import asyncio
import os
import pty
import sys
from pathlib import Path

import pytest

from simulator.control import port as control
from simulator.demo import DEMO_BOTS
from simulator.simulator import Simulator
from simulator.wire.server_key import PUBLIC_FILE
from tests.simulator.clients import TinyShop, until

BOT = DEMO_BOTS[0]


def command(simulator: Simulator, data_dir: Path, *options: str) -> list[str]:
    server = ["--server", f"127.0.0.1:{simulator.port}", "--key", str(data_dir / PUBLIC_FILE)]
    talk = ["simulate", "chat", f"@{BOT.username}", "--as", "Анна"]
    return [sys.executable, "-m", "cli", *talk, *server, *options]


async def typed(arguments: list[str], lines: str) -> tuple[int | None, str, str]:
    """Exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        output, errors = await process.communicate(lines.encode())
    return process.returncode, output.decode(), errors.decode()


async def test_a_piped_conversation_buys_something(
    simulator: Simulator, shop: TinyShop, data_dir: Path
) -> None:
    arguments = command(simulator, data_dir, "--start", "ig")
    code, output, errors = await typed(arguments, "1\n2\n1\n/pay\n9\n/block\n/quit\n")
    assert code == 0, errors
    assert shop.texts == ["/start ig"]
    assert shop.pressed == ["catalogue:0", "product:2", "buy:2"]
    (paid,) = shop.paid
    assert str(paid.total_amount) == "25"
    for shown in (
        f"{BOT.name} (@{BOT.username})",
        "[1] product:1",
        "<invoice: Product 2, 25 XTR, to pay - Nice to have>",
        "<paid 25 XTR>",
        "Order №100",
        "(there is no button 9)",
        "(blocked)",
    ):
        assert shown in output
    (chat,) = await control.call(
        "127.0.0.1", simulator.control_port, "transcript", bot=f"@{BOT.username}"
    )
    person = chat.split()[0]
    lines = await control.call(
        "127.0.0.1", simulator.control_port, "transcript", bot=str(BOT.id), person=person
    )
    assert any("/start ig" in line for line in lines) and any(
        "Order №100" in line for line in lines
    )
    with pytest.raises(control.ControlError, match="nobody here is @nobody"):
        await control.call("127.0.0.1", simulator.control_port, "transcript", bot="@nobody")


async def test_a_script_that_is_not_answered_fails(
    simulator: Simulator, shop: TinyShop, data_dir: Path, tmp_path: Path
) -> None:
    for handlers in shop.client.dispatcher.groups.values():
        handlers.clear()
    script = tmp_path / "script"
    script.write_text("hello\n")
    options = ["--script", str(script), "--patience", "0.2"]
    code, output, errors = await typed(command(simulator, data_dir, *options), "")
    assert code == 1 and "no answer to 'hello'" in errors
    assert "> hello" in output


async def test_a_terminal_shows_what_comes_and_takes_what_is_typed(
    simulator: Simulator, shop: TinyShop, data_dir: Path
) -> None:
    controller, terminal = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *command(simulator, data_dir), stdin=terminal, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    os.set_blocking(controller, False)
    seen = b""

    def shows(text: str) -> bool:
        nonlocal seen
        try:
            seen += os.read(controller, 65536)
        except OSError:  # nothing new
            pass
        return text in seen.decode(errors="replace")

    async with asyncio.timeout(60):
        os.write(controller, "/start\n".encode())
        await until(lambda: shows("[1] catalogue:0"), "the menu")
        os.write(controller, b"1\n")
        await until(lambda: shows("[2] product:2"), "the products")
        os.write(controller, b"/quit\n")
        assert await process.wait() == 0
    os.close(controller)
    assert shop.pressed == ["catalogue:0"]
