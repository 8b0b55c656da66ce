"""The dictionary's files are what the code says."""

from core import metric_dictionary
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
