import dagster as dg
import pandera.polars as pa
import polars as pl

from pipelines.soundness import check_result, offenders, violations

SCHEMA = pa.DataFrameSchema(
    {"sold": pa.Column(pl.Int64, pa.Check.ge(0)), "stock": pa.Column(pl.Int64)},
    checks=[
        pa.Check(
            lambda data: data.lazyframe.select(pl.col("sold") <= pl.col("stock")),
            error="sold what was there",
        )
    ],
    strict=True,
)


def test_each_broken_rule_shows_its_rows() -> None:
    frame = pl.DataFrame({"sold": [1, -2, 9], "stock": [5, 5, 5]})
    assert violations(SCHEMA, frame).rows() == [
        ("sold", "greater_than_or_equal_to(0)", "-2", '{"sold":-2,"stock":5}'),
        (None, "sold what was there", None, '{"sold":9,"stock":5}'),
    ]


def test_a_wrong_column_or_type_is_a_violation() -> None:
    found = violations(SCHEMA, pl.DataFrame({"sold": ["1"], "stock": [5], "colour": ["red"]}))
    assert {"colour", "String"} <= {str(value) for value in found["row"]}


def test_a_sound_frame_passes_and_an_unsound_one_says_why() -> None:
    sound = violations(SCHEMA, pl.DataFrame({"sold": [1], "stock": [5]}))
    assert check_result("sound", "shelf", sound, rows=1).passed
    unsound = violations(SCHEMA, pl.DataFrame({"sold": [9] * 50, "stock": [5] * 50}))
    result = check_result("sound", "shelf", unsound, rows=50)
    assert not result.passed
    assert result.description == "50 violations: sold what was there"
    shown = result.metadata["offending"]
    assert isinstance(shown, dg.TableMetadataValue)
    assert len(shown.records) == 20  # a sample; the number is beside it


def test_the_shops_that_broke_a_rule_are_named_unless_it_is_no_ones_doing() -> None:
    schema = pa.DataFrameSchema(
        {"shop_id": pa.Column(pl.UInt32), "sold": pa.Column(pl.Int64, pa.Check.ge(0))}, strict=True
    )
    rows = pl.DataFrame(
        {"shop_id": [1, 2, 3, 2], "sold": [1, -1, -1, -2]}, schema_overrides={"shop_id": pl.UInt32}
    )
    found = violations(schema, rows)
    assert offenders(found) == {2, 3}
    assert offenders(violations(schema, rows.with_columns(more=1))) == set()
    result = check_result("sound", "shelf", found, rows=4, is_partial=True)
    assert result.severity is dg.AssetCheckSeverity.WARN and not result.passed
    assert (result.description or "").endswith("set aside: shops [2, 3]")
