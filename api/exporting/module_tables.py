"""Modules' tables for export: those of each module's `exports.py`."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from functools import cache

from api.exporting.columns import Column
from api.exporting.tables import ExportTable
from bots import modules
from bots.sdk.exporting import ModuleTable


@cache
def declared() -> dict[str, tuple[ModuleTable, ...]]:
    """The tables of each module that has some, by the module's key."""
    return {
        key: importlib.import_module(name).TABLES
        for key in sorted(each.name for each in pkgutil.iter_modules(modules.__path__))
        if importlib.util.find_spec(name := f"{modules.__name__}.{key}.exports") is not None
    }


def tables() -> Iterator[ExportTable]:
    """The same as tables of the catalogue."""
    for of_module in declared().values():
        for table in of_module:
            yield ExportTable(
                table.key,
                table.title,
                "postgres",
                table.source,
                table.order,
                tuple(
                    Column(each.name, each.kind, each.title, each.source, each.is_personal)
                    for each in table.columns
                ),
                has_days=table.has_days,
            )
