"""The dictionary's files are what the code says."""

from core import metric_dictionary
from core.events import CORE_EVENTS
from core.modules import Modules
from core.taxonomy import STANDARD_EVENTS
from pipelines import dictionary


def test_the_files_are_up_to_date() -> None:
    made = "run: python -m pipelines.dictionary"
    assert metric_dictionary.FILE.read_text("utf-8") == dictionary.as_json(), made
    assert dictionary.DOCS.read_text("utf-8") == dictionary.as_markdown(), made


def test_each_metric_is_told_whole_and_in_both_languages() -> None:
    read = metric_dictionary.read()
    assert {entry["number"] for entry in read} == set(range(1, 51))
    assert len({(entry["table"], entry["name"]) for entry in read}) == len(read)
    for entry in read:
        for name in ("title", "formula", "unit_title", "grain", "freshness"):
            assert set(entry[name]) == {"ru", "en"} and all(entry[name].values()), entry
        assert entry["source"] and entry["grain"]["ru"] != entry["grain"]["en"]


def test_what_comes_from_outside_is_emitted_by_nobody() -> None:
    """Goes red when a module begins to emit one of them: take it out of `FROM_OUTSIDE` then."""
    told = [*dictionary.FROM_OUTSIDE]
    manifests = Modules.discover().manifests.values()
    declared = {event.name for manifest in manifests for event in manifest.events}
    assert not {*told} & (declared | {event.name for event in CORE_EVENTS})
    assert {*told} <= {event.name for event in STANDARD_EVENTS} and len(told) == len({*told})
