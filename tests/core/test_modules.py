import sys
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from core.modules import Modules

MANIFEST = """
from pydantic import BaseModel
from core.events import Bilingual
from core.modules import Manifest

MANIFEST = Manifest(
    {key!r}, Bilingual("а", "a"), Bilingual("б", "b"), BaseModel, requires={requires!r}
)
"""


def write(folder: Path, name: str, key: str, requires: tuple[str, ...] = ()) -> None:
    module = folder / name
    module.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (module / "__init__.py").touch()
    (module / "manifest.py").write_text(MANIFEST.format(key=key, requires=requires), "utf-8")


@pytest.fixture(name="package")
def made_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    name = f"made_{abs(hash(request.node.nodeid))}"
    request.addfinalizer(
        lambda: [sys.modules.pop(key) for key in list(sys.modules) if key.startswith(name)]
    )
    return tmp_path / name


def test_a_folder_with_a_manifest_is_a_module(package: Path) -> None:
    write(package, "gift", "gift")
    write(package, "cart", "cart", ("gift",))
    write(package, "promo", "promo", ("cart",))
    found = Modules.discover(package.name)
    assert set(found.manifests) == {"gift", "cart", "promo"}


def test_a_key_that_is_not_the_folder_is_refused(package: Path) -> None:
    write(package, "gift", "present")
    with pytest.raises(ValueError, match="not the folder"):
        Modules.discover(package.name)


def test_requiring_what_is_not_there_takes_nothing_else_down(package: Path) -> None:
    write(package, "cart", "cart", ("nothing",))
    write(package, "gift", "gift")
    assert set(Modules.discover(package.name).manifests) == {"cart", "gift"}


def test_a_module_brings_its_own_migrations(package: Path) -> None:
    write(package, "gift", "gift")
    (package / "gift" / "migrations" / "postgres").mkdir(parents=True)
    (package / "gift" / "migrations" / "postgres" / "0001_gifts.sql").write_text("SELECT 1")
    (script,) = Modules.discover(package.name).migrations()
    assert (script.owner, script.store, script.name) == ("gift", "postgres", "0001_gifts.sql")


@pytest.mark.parametrize(
    "place",
    ["schema.sql", "migrations/0001_gifts.sql", "migrations/mysql/0001_gifts.sql", "sql/x.sql"],
)
def test_a_script_that_nothing_would_run_is_named(package: Path, place: str) -> None:
    write(package, "gift", "gift")
    file = package / "gift" / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("SELECT 1")
    with pytest.raises(ConfigurationError, match=f"{file.name}: nothing runs a script there"):
        Modules.discover(package.name).migrations()
