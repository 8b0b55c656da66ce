"""Files of at most 400 lines, functions of at most 50: a reader can hold either in mind."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = (
    *("api", "bench", "bots", "cli", "core", "ingestion", "local", "pipelines", "simulator"),
    *("docs", "ops", "tests"),
)
FILE_LINES = 400
FUNCTION_LINES = 50  # without its docstring
_HOLDING_STATEMENTS = ("body", "orelse", "finalbody", "handlers", "cases")


def _files() -> list[Path]:
    return [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    last = function.end_lineno
    assert last is not None
    first = function.body[0]
    documented = ast.get_docstring(function, clean=False) is not None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return last - function.lineno + 1 - docstring


def _functions(file: Path) -> Iterator[tuple[str, int]]:
    """Of the file, wherever they stand: expressions, most of a tree, hold none."""
    waiting: list[ast.AST] = [ast.parse(file.read_text("utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, _lines(node)
        for part in _HOLDING_STATEMENTS:
            waiting += getattr(node, part, ())


def test_no_file_is_long() -> None:
    lengths = {file: len(file.read_text("utf-8").splitlines()) for file in _files()}
    assert len(lengths) > 500
    long = [f"{file.relative_to(ROOT)}: {n}" for file, n in lengths.items() if n > FILE_LINES]
    assert not long, f"over {FILE_LINES} lines, split by meaning: {long}"


def test_no_function_is_long() -> None:
    long = [
        f"{file.relative_to(ROOT)}: {name} {lines}"
        for file in _files()
        for name, lines in _functions(file)
        if lines > FUNCTION_LINES
    ]
    assert not long, f"over {FUNCTION_LINES} lines, split: {long}"
