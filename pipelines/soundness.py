"""Pandera's result for a frame, as a Dagster check result that shows the offending rows."""

from collections.abc import Iterable

import dagster as dg
import pandera.polars as pa
import polars as pl

_ROWS_SHOWN = 20


def violations(schema: pa.DataFrameSchema, frame: pl.DataFrame) -> pl.DataFrame:
    """One row for each violated rule and offending row: `column`, `rule`, `value` and the whole
    `row`.

    Takes a collected frame: for a LazyFrame pandera silently skips every check of values.
    """
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases: pl.DataFrame = error.failure_cases
    else:
        return no_violations()
    rows = frame.with_row_index("index").select(
        pl.col("index").cast(pl.Int32),
        pl.struct(pl.all().exclude("index")).struct.json_encode().alias("row"),
    )
    return cases.join(rows, on="index", how="left", maintain_order="left").select(
        "column",
        rule="check",
        value=pl.when(pl.col("column").is_not_null()).then("failure_case"),
        # A rule for the whole frame has no row; the failure case itself then says what is wrong.
        row=pl.coalesce("row", "failure_case"),
    )


def no_violations() -> pl.DataFrame:
    """The result of `violations` for a sound frame."""
    return pl.DataFrame(schema=dict.fromkeys(("column", "rule", "value", "row"), pl.String))


def offenders(found: pl.DataFrame) -> set[int]:
    """The shops whose rows violated a rule; none if the fault is not a single shop's, such as a
    missing column."""
    shops = found["row"].str.json_path_match("$.shop_id").cast(pl.Int64, strict=False)
    return set() if shops.null_count() else set(shops)


def without(shops: pl.DataFrame, found: Iterable[pl.DataFrame]) -> tuple[pl.DataFrame, bool]:
    """The shops whose rows violated no rule, and whether these alone can be computed: not if there
    are none, or if a violation belongs to no single shop."""
    bad = [offenders(each) for each in found if each.height]
    sound = shops.filter(~pl.col("shop_id").is_in(set().union(*bad)))
    return sound, all(bad) and not sound.is_empty()


def check_result(
    name: str, asset: str, found: pl.DataFrame, *, rows: int, is_partial: bool = False
) -> dg.AssetCheckResult:
    """Passes if nothing was found; otherwise names the rules and shows the first rows.

    It is a warning if it was `is_partial`: only the offending shops were left out.
    """
    metadata: dict[str, dg.MetadataValue] = {
        "rows": dg.MetadataValue.int(rows),
        "violations": dg.MetadataValue.int(found.height),
    }
    if found.is_empty():
        return dg.AssetCheckResult(check_name=name, asset_key=asset, passed=True, metadata=metadata)
    metadata["offending"] = table(found)
    rules = ", ".join(found["rule"].unique(maintain_order=True).to_list())
    aside = f"; set aside: shops {sorted(offenders(found))}" if is_partial else ""
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=asset,
        passed=False,
        severity=dg.AssetCheckSeverity.WARN if is_partial else dg.AssetCheckSeverity.ERROR,
        metadata=metadata,
        description=f"{found.height} violations: {rules}{aside}",
    )


def table(frame: pl.DataFrame) -> dg.MetadataValue:
    """The first rows as a table of Dagster's page."""
    records = [
        dg.TableRecord({name: None if value is None else str(value) for name, value in row.items()})
        for row in frame.head(_ROWS_SHOWN).iter_rows(named=True)
    ]
    columns = [dg.TableColumn(name, str(dtype)) for name, dtype in frame.schema.items()]
    return dg.MetadataValue.table(records, dg.TableSchema(columns))
