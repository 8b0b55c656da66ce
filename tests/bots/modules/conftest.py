"""A module's tests know that module and what it requires, and no other: whichever folder is taken
away, the tests of the rest go on."""

from pathlib import Path

import pytest

from core.modules import Modules

HERE = Path(__file__).parent
OWN = Modules.discover()


def known_in(folder: str) -> Modules:
    """What the tests in the folder of a module's name find installed."""
    keys = [*OWN.needed_by(folder), folder]
    return Modules(OWN.package, {key: OWN.manifests[key] for key in keys})


@pytest.fixture(autouse=True)
def _only_what_it_requires(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, *files = request.path.relative_to(HERE).parts
    if files:
        known = known_in(folder)
        monkeypatch.setattr("tests.bots.shopper.installed", lambda: known)
