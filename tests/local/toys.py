"""A small stack of toy services, as a program that a test can interrupt or kill.

    python -m tests.local.toys FOLDER

`first` and `second`, which needs it, run for ever; `first` has a grandchild that ignores SIGTERM.
"""

import asyncio
import signal
import sys
from pathlib import Path

from local.service import Check, Service
from local.supervisor import Supervisor

# Writes its process id to a file, so that its being there means ready, and then does nothing.
SLEEPER = """
import pathlib, os, signal, sys, time
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
while True:
    time.sleep(100)
"""
PARENT = """
import pathlib, os, signal, subprocess, sys, time
child = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(1000)"
grandchild = subprocess.Popen([sys.executable, "-S", "-c", child])
pathlib.Path(sys.argv[1] + "-grandchild").write_text(str(grandchild.pid))
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
while True:
    time.sleep(100)
"""


def exists(file: Path) -> Check:
    async def check() -> bool:
        return file.exists()

    return check


def toy(folder: Path, name: str, script: str = SLEEPER, needs: str = "") -> Service:
    """A service that is ready when the file of its name is there."""
    file = folder / name
    argv = [sys.executable, "-S", "-c", script, str(file)]
    return Service(name, argv, ready=exists(file), depends_on=(needs,) if needs else ())


async def main(folder: Path) -> int:
    supervisor = Supervisor(
        [toy(folder, "first", PARENT), toy(folder, "second", needs="first")],
        logs=folder,
        say=lambda text: print(text, flush=True),
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, supervisor.stop)

    async def ready() -> None:
        print("all ready", flush=True)

    return await supervisor.run(ready)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]))))
