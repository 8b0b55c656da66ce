"""Any module's folder is removed: the others are found, have no conflicts and answer."""

import ast
import importlib
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bots.sdk.loading import EnabledModule, enable, load
from bots.sdk.updates import Button, Message
from core.modules import Modules
from core.postgres import Connection
from core.shop.bots import ModuleChoice
from tests.bots.modules.conftest import known_in
from tests.bots.shopper import Shopper
from tests.factories import KEYS, create_origin, create_product

OWN = Modules.discover()
PACKAGE = "otherbox"
TESTS = Path(__file__).parent / "modules"
MOST_PRESSES = 30


@pytest.fixture(scope="module", name="folder")
def copied_modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A package with all of the product's modules."""
    parent = tmp_path_factory.mktemp("modules")
    folder = parent / PACKAGE
    folder.mkdir()
    (folder / "__init__.py").touch()
    for key in OWN.manifests:
        shutil.copytree(
            OWN.folder / key, folder / key, ignore=shutil.ignore_patterns("__pycache__")
        )
        for file in (folder / key).glob("*.py"):
            text = file.read_text("utf-8").replace(f"{OWN.package}.", f"{PACKAGE}.")
            file.write_text(text, "utf-8")
    sys.path.insert(0, str(parent))
    yield folder
    sys.path.remove(str(parent))
    _forget(PACKAGE)


def _forget(package: str) -> None:
    for name in [each for each in sys.modules if f"{each}.".startswith(f"{package}.")]:
        del sys.modules[name]


@pytest.fixture(name="rest")
def modules_without_one(
    folder: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Modules]:
    key: str = request.param
    shutil.move(folder / key, tmp_path / key)
    _forget(f"{PACKAGE}.{key}")
    importlib.invalidate_caches()
    yield Modules.discover(PACKAGE)
    shutil.move(tmp_path / key, folder / key)
    importlib.invalidate_caches()


def enabled_without(gone: str, rest: Modules) -> list[EnabledModule]:
    needing = set(OWN.needing(gone, [*OWN.manifests]))
    choices = [ModuleChoice(bot_id=1, module=key, settings={}) for key in OWN.manifests]
    enabled, problems = enable(load(rest), choices, KEYS)
    assert {problem.module for problem in problems} == {gone} | needing
    assert {item.key for item in enabled} == set(rest.manifests) - needing
    return enabled


@pytest.mark.parametrize("rest", OWN.manifests, indirect=True)
async def test_the_others_go_on(connection: Connection, rest: Modules) -> None:
    (gone,) = set(OWN.manifests) - set(rest.manifests)
    enabled = enabled_without(gone, rest)
    origin = await create_origin(connection)
    await create_product(connection, origin.shop_id, stock=3)
    shopper = Shopper(connection, origin, enabled, language="en")
    waiting = data_of((await shopper.start()).replies)
    answered = {str(each) for item in enabled for each in item.module.router.subjects(Button)}
    pressed: set[str] = set()
    while waiting and len(pressed) < MOST_PRESSES:
        data = waiting.pop(0)
        if data in pressed or data.startswith(("choose", "cancel")):
            continue
        pressed.add(data)
        assert data.partition(":")[0] in answered
        waiting += data_of((await shopper.press(data)).replies)
    for item in enabled:
        handled = item.module.router.handled()
        if any(each.kind is Message and not each.may_pass for each in handled):
            assert (await shopper.write("hello")).replies
    for key in OWN.manifests[gone].commands:
        await shopper.write(f"/{key.name}")


def data_of(replies: Sequence[object]) -> list[str]:
    rows = [row for reply in replies for row in getattr(_keyboard(reply), "rows", ())]
    return [each.data for row in rows for each in row if hasattr(each, "data")]


def _keyboard(reply: object) -> object:
    return getattr(reply, "keyboard", None)


def test_a_modules_tests_import_no_other_module() -> None:
    """So that they are collected without it; that they switch no other on, `conftest.py` holds."""
    found = {}
    for key in OWN.manifests:
        known = {*OWN.needed_by(key), key}
        for file in (TESTS / key).rglob("*.py"):
            for name in _imported(ast.parse(file.read_text("utf-8"))):
                if name in OWN.manifests and name not in known:
                    found[str(file.relative_to(TESTS))] = name
    assert not found
    assert {each.name for each in TESTS.iterdir() if each.is_dir()} - {"__pycache__"} == {
        *OWN.manifests
    }


def _imported(tree: ast.Module) -> Iterator[str]:
    """Of which modules something is imported, of their own folders or of their tests'."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for package in (OWN.package, "tests.bots.modules"):
                if f"{node.module}.".startswith(f"{package}."):
                    rest = f"{node.module}."[len(package) + 1 :]
                    yield rest.split(".")[0] or node.names[0].name


def test_a_modules_tests_find_no_other_installed() -> None:
    assert set(known_in("bookings").manifests) == {"bookings", "cart", "orders", "stock"}
    assert set(known_in("cart").manifests) == {"cart"}
