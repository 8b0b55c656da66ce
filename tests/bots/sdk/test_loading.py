import pytest

from bots.sdk.loading import Problem, enable, load
from bots.sdk.updates import Button
from core.modules import Modules
from core.shop.bots import ModuleChoice
from tests.bots.sdk.modules import NoteSettings, made_up


def choice(key: str, **settings: object) -> ModuleChoice:
    return ModuleChoice(bot_id=1, module=key, settings=settings)


def test_modules_are_asked_by_phase_then_order_then_key() -> None:
    loaded = {
        "a": made_up("a", phase="fallback"),
        "b": made_up("b"),
        "c": made_up("c"),
        "d": made_up("d", order=5),
        "e": made_up("e", phase="gate", order=900),
    }
    chosen = [choice("c"), choice("a", limit=7), choice("e"), choice("b"), choice("d")]
    enabled, problems = enable(loaded, chosen)
    assert [item.key for item in enabled] == ["e", "d", "b", "c", "a"]
    assert [item.settings for item in enabled if item.key == "a"] == [NoteSettings(limit=7)]
    assert not problems


@pytest.mark.parametrize("settings", [{"limit": "many"}, {"unknown": 1}])
def test_settings_that_do_not_validate_cost_only_their_module(settings: dict[str, object]) -> None:
    loaded = {key: made_up(key) for key in ("a", "b")}
    enabled, (problem,) = enable(loaded, [choice("a", **settings), choice("b")])
    assert [item.key for item in enabled] == ["b"]
    assert problem.module == "a"
    assert problem.notice.startswith(f"settings_invalid: {next(iter(settings))} (")
    assert "many" not in problem.notice  # what was stored may be private


def test_a_module_that_is_not_installed_costs_only_itself() -> None:
    enabled, problems = enable({"a": made_up("a")}, [choice("gone"), choice("a")])
    assert [item.key for item in enabled] == ["a"]
    assert problems == [Problem("gone", "not_installed")]


def test_what_requires_a_module_that_is_off_falls_with_it() -> None:
    loaded = {
        "a": made_up("a"),
        "b": made_up("b", requires=("a",)),
        "c": made_up("c", requires=("b",)),
        "d": made_up("d"),
    }
    enabled, problems = enable(loaded, [choice(key) for key in ("c", "b", "d")])
    assert [item.key for item in enabled] == ["d"]
    assert problems == [Problem("b", "requires: a"), Problem("c", "requires: b")]


def test_all_modules_of_the_product_load() -> None:
    modules = Modules.discover()
    loaded = load(modules)
    assert set(loaded) == set(modules.manifests)
    assert "product" in loaded["catalogue"].router.subjects(Button)
    assert set(load(modules, ["menu"])) == {"menu"}
    with pytest.raises(KeyError):
        load(modules, ["no_such_module"])
