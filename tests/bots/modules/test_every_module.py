"""The rules for every module, checked automatically; new modules are included by themselves."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bots.sdk.asking import CANCEL
from bots.sdk.conflicts import conflicts
from bots.sdk.loading import load
from bots.sdk.texts import places
from bots.sdk.updates import Button, Command
from core.events import Bilingual
from core.modules import Manifest, Modules
from core.taxonomy import TAXONOMY

MODULES = Modules.discover()
LOADED = load(MODULES)
every_module = pytest.mark.parametrize("key", sorted(MODULES.manifests))


@cache
def trees(key: str) -> list[tuple[Path, ast.Module]]:
    files = sorted((MODULES.folder / key).glob("*.py"))
    return [(file, ast.parse(file.read_text("utf-8"))) for file in files]


@cache
def nodes_of(key: str) -> list[ast.AST]:
    """All of the module's code."""
    return [node for _, tree in trees(key) for node in ast.walk(tree)]


def calls_of(key: str, *methods: str) -> Iterator[ast.expr]:
    """The first argument of each call of such a method in the module's code."""
    for node in nodes_of(key):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in methods
            and node.args
        ):
            yield node.args[0]


def is_complete(words: Any) -> bool:
    texts = [words.ru, words.en] if isinstance(words, Bilingual) else [words["ru"], words["en"]]
    return all(text.strip() == text != "" for text in texts) and texts[0] != texts[1]


def fields_of(manifest: Manifest) -> dict[str, dict[str, Any]]:
    schema = manifest.settings.model_json_schema()
    fields: dict[str, dict[str, Any]] = schema.get("properties", {})
    return fields


@every_module
def test_a_manifest_speaks_both_languages(key: str) -> None:
    manifest = MODULES.manifests[key]
    assert is_complete(manifest.title) and is_complete(manifest.summary)
    assert all(is_complete(event.title) for event in manifest.events)


@every_module
def test_each_setting_has_its_words_in_both_languages(key: str) -> None:
    for field in fields_of(MODULES.manifests[key]).values():
        assert is_complete(field["x-title"]) and is_complete(field["x-description"])


@every_module
def test_settings_have_defaults_are_frozen_and_refuse_what_they_do_not_know(key: str) -> None:
    model = MODULES.manifests[key].settings
    defaults = model()
    assert model.model_validate(defaults.model_dump(mode="json")) == defaults
    assert model.model_config.get("frozen") is True
    with pytest.raises(ValidationError, match="extra_forbidden"):
        model.model_validate({"no_such_setting": 1})


@every_module
def test_texts_are_complete_in_both_languages(key: str) -> None:
    texts = LOADED[key].texts
    russian, english = texts["ru"].templates, texts["en"].templates
    assert russian.keys() == english.keys()
    for name, template in russian.items():
        assert places(template) == places(english[name]), name
        assert not re.search("[А-Яа-яЁё]", english[name]), name
        words = re.sub(r"<[^>]*>|{[^}]*}", "", template)
        assert re.search("[А-Яа-яЁё]", words) or not re.search(r"\w", words), name


@every_module
def test_each_text_is_used_and_each_used_text_exists(key: str) -> None:
    written = {
        node.value
        for node in nodes_of(key)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    templates = LOADED[key].texts["ru"].templates.keys()
    assert templates <= written
    named = {
        node.value
        for argument in calls_of(key, "label")
        for node in ast.walk(argument)
        if isinstance(node, ast.Constant)
    }
    assert named <= templates


@every_module
def test_only_declared_events_are_emitted_and_each_declared_one_is(key: str) -> None:
    declared = {event.name for event in MODULES.manifests[key].events}
    calls = [*calls_of(key, "emit"), *calls_of(key, "event")]
    emitted = {ast.unparse(argument).lower() for argument in calls}
    assert emitted == declared


def test_a_modules_own_event_has_one_owner_and_a_model_of_its_properties() -> None:
    own = [
        event
        for manifest in MODULES.manifests.values()
        for event in manifest.events
        if event.name not in TAXONOMY
    ]
    names = Counter(event.name for event in own)
    assert [name for name, count in names.items() if count > 1] == []
    assert [event.name for event in own if event.props is None] == []


@every_module
def test_owners_can_read_about_it_in_both_languages(key: str) -> None:
    page = (MODULES.folder / key / "README.md").read_text("utf-8")
    assert "## По-русски" in page and "## In English" in page
    assert MODULES.manifests[key].title.ru in page and MODULES.manifests[key].title.en in page


@every_module
def test_a_module_has_only_the_files_that_modules_have_and_nouns_that_these_import(
    key: str,
) -> None:
    known = {
        *("__init__", "manifest", "settings", "events", "store", "handlers", "reactions"),
        *("dialogs", "offers", "jobs", "client", "people", "hooks", "panel", "staff"),
        *("reports", "exports"),
    }
    folders = {"migrations", "texts", "README.md", "__pycache__"}
    own = {entry.stem for entry in (MODULES.folder / key).glob("*.py")}
    assert {entry.name for entry in (MODULES.folder / key).iterdir() if entry.suffix != ".py"} <= (
        folders
    )
    imported = {
        name
        for node in nodes_of(key)
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for name in (node.module.rpartition(".")[2], *(alias.name for alias in node.names))
        if node.module.startswith(f"{MODULES.package}.{key}")
    }
    assert own - known <= imported


def literals(key: str, method: str) -> set[str]:
    """The names that stand, as they are, first in each call of such a method."""
    return {
        argument.value
        for argument in calls_of(key, method)
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


@every_module
def test_nothing_is_asked_put_off_or_shown_that_the_module_does_not_have(key: str) -> None:
    module = LOADED[key]
    assert literals(key, "later") | literals(key, "forget") <= module.jobs.tasks.keys()
    questions = module.dialogs.questions.keys()
    asked = {
        ast.literal_eval(node.args[0])
        for node in nodes_of(key)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "ask"
        and ast.unparse(node.func) == "context.ask"
    }
    assert asked == questions
    commands = [command.name for command in module.manifest.commands]
    assert set(commands) <= module.router.subjects(Command) | {CANCEL}  # the platform's own
    assert len(set(commands)) == len(commands)
    assert all(re.fullmatch("[a-z0-9_]{1,32}", name) for name in commands)
    assert all(is_complete(command.text) for command in module.manifest.commands)


@every_module
def test_each_button_that_a_module_makes_is_its_own(key: str) -> None:
    answered = LOADED[key].router.subjects(Button) | LOADED[key].desk.buttons
    made = {
        node.args[1].value
        for node in nodes_of(key)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "button"
        and isinstance(node.args[1], ast.Constant)
    }
    # Offers become buttons: they have a label.
    made |= {
        word.value.value
        for node in nodes_of(key)
        if isinstance(node, ast.Call) and any(word.arg == "label" for word in node.keywords)
        for word in node.keywords
        if word.arg == "action" and isinstance(word.value, ast.Constant)
    }
    assert made <= answered


def test_all_that_is_on_from_the_beginning_gets_along() -> None:
    on = [module for module in LOADED.values() if module.manifest.default_on]
    assert not conflicts(on)


@every_module
def test_whoever_reacts_is_told_of_something_that_is_told(key: str) -> None:
    told = TAXONOMY.keys() | {
        event.name for manifest in MODULES.manifests.values() for event in manifest.events
    }
    assert LOADED[key].reactions.types <= told


@every_module
def test_what_it_requires_is_there(key: str) -> None:
    assert set(MODULES.manifests[key].requires) <= set(MODULES.manifests)
