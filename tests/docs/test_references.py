"""What a file of the project refers to is there: pages, links, modules to run, make targets."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_TEXT = {".py", ".md", ".toml", ".sql", ".ts", ".tsx", ".yml", ".sh", ".conf"}
_PAGE = re.compile(r"(?<![\w./-])((?:[\w-]+/)*[\w-]+\.md)\b")
_LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")
_ANCHOR = re.compile(r"\]\(([^)\s#]*)#([^)\s]+)\)")
_MODULE = re.compile(r"python -m ((?:bench|tests|pipelines)\.[\w.]+)")
_TARGET = re.compile(r"`make ([a-z-]+)")


def files(*suffixes: str) -> list[Path]:
    """The project's own files, as git has them."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split("\0")
    return [ROOT / name for name in listed if name and Path(name).suffix in suffixes]


def is_there(page: str, mentioned_in: Path) -> bool:
    """By its path from the root or from beside the file, or by its name in docs/."""
    beside = mentioned_in.parent
    return any((place / page).is_file() for place in (ROOT, beside, ROOT / "docs"))


def test_every_page_that_is_named_is_there() -> None:
    missing = [
        f"{file.relative_to(ROOT)}: {page}"
        for file in files(*_TEXT)
        for page in _PAGE.findall(file.read_text("utf-8"))
        if file != Path(__file__) and not is_there(page, file)
    ]
    assert not missing


def test_every_link_of_a_page_leads_somewhere() -> None:
    missing = [
        f"{file.relative_to(ROOT)}: {target}"
        for file in files(".md")
        for target in _LINK.findall(file.read_text("utf-8"))
        if "://" not in target and not (file.parent / target).exists()
    ]
    assert not missing


def anchors(page: Path) -> set[str]:
    """What a link may name in a page: its headings, as GitHub spells them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


def test_every_link_into_a_page_finds_its_heading() -> None:
    missing = [
        f"{file.relative_to(ROOT)}: {target}#{heading}"
        for file in files(".md")
        for target, heading in _ANCHOR.findall(file.read_text("utf-8"))
        for page in [file.parent / target if target else file]
        if "://" not in target and heading not in anchors(page)
    ]
    assert not missing


def test_every_module_and_target_that_a_page_runs_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    missing = [
        f"{file.relative_to(ROOT)}: {named}"
        for file in files(".md")
        for text in [file.read_text("utf-8")]
        for named in [*_MODULE.findall(text), *_TARGET.findall(text)]
        if not (
            named in targets
            or (ROOT / (named.replace(".", "/") + ".py")).is_file()
            or (ROOT / named.replace(".", "/") / "__main__.py").is_file()
        )
    ]
    assert not missing


@pytest.mark.parametrize("text", ["see NOWHERE.md", "docs/nowhere.md says"])
def test_what_is_not_there_is_seen(text: str) -> None:
    (page,) = _PAGE.findall(text)
    assert not is_there(page, ROOT / "README.md")
