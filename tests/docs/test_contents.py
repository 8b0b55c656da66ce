"""docs/README.md leads to every page, and CHANGELOG.md says everything once."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LINK = re.compile(r"\]\(([^)#]+\.md)\)")


def test_every_page_is_in_the_contents() -> None:
    linked = {
        (DOCS / each).resolve() for each in LINK.findall((DOCS / "README.md").read_text("utf-8"))
    }
    pages = {page.resolve() for page in DOCS.rglob("*.md")} - {(DOCS / "README.md").resolve()}
    assert pages - linked == set()
    assert [str(page) for page in linked if not page.exists()] == []


def test_the_glossary_says_each_word_once() -> None:
    rows = re.findall(r"^\| ([^|]+) \|", (DOCS / "glossary.md").read_text("utf-8"), re.MULTILINE)
    words = Counter(word for word in rows if word != "word")
    assert len(words) > 30
    assert [word for word, times in words.items() if times > 1] == []


def test_the_changelog_says_nothing_twice() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines()
    starts = Counter(line.split(":")[0][:60] for line in lines if line.startswith("- "))
    assert [start for start, times in starts.items() if times > 1] == []
