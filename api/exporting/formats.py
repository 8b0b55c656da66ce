"""Formats of exports: media types, names of files, and ClickHouse's settings for each."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Format = Literal["csv", "parquet", "xlsx", "jsonl"]
Packing = Literal["none", "gzip", "zstd"]
ColumnName = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,63}$")]

MEDIA_TYPES: Mapping[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/jsonl",
}
PACKED_TYPES: Mapping[Packing, str] = {"gzip": "application/gzip", "zstd": "application/zstd"}
_SUFFIXES: Mapping[Packing, str] = {"none": "", "gzip": ".gz", "zstd": ".zst"}
_SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}
# The rows of a workbook go through Python, as JSON.
ENGINE_FORMATS: Mapping[Format, str] = {
    "csv": "CSVWithNames",
    "parquet": "Parquet",
    "xlsx": "JSONCompactEachRow",
    "jsonl": "JSONEachRow",
}
_PLACES_OF_TEXT = {"date_time_output_format": "iso", "output_format_json_quote_decimals": "0"}


class Layout(BaseModel):
    """How a file is written. What is not for its format is refused, not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file_format: Format = "csv"
    headings: Literal["names", "ru", "en"] = Field(
        default="names", description="CSV and XLSX: the columns' names, or titles for people."
    )
    separator: Literal["comma", "semicolon", "tab"] = Field(
        default="comma", description="CSV: between cells; a Russian Excel takes semicolons."
    )
    decimal: Literal["point", "comma"] = Field(
        default="point", description="CSV: before the decimals; a Russian Excel takes commas."
    )
    bom: bool = Field(default=False, description="CSV: the mark by which Excel knows UTF-8.")
    packing: Packing = Field(default="none", description="CSV and JSON lines: gzip or zstd.")
    columns: tuple[ColumnName, ...] = Field(
        default=(), max_length=200, description="Only these, in this order; none named: all."
    )

    @model_validator(mode="after")
    def _fits(self) -> "Layout":
        of_csv = (self.separator, self.decimal, self.bom) != ("comma", "point", False)
        if of_csv and self.file_format != "csv":
            raise ValueError("separator, decimal and bom are for csv")
        if self.headings != "names" and self.file_format not in ("csv", "xlsx"):
            raise ValueError("headings are for csv and xlsx")
        if self.packing != "none" and self.file_format not in ("csv", "jsonl"):
            raise ValueError("packing is for csv and jsonl: the others are compressed already")
        if len(set(self.columns)) < len(self.columns):
            raise ValueError("columns: each is named once")
        return self

    @property
    def suffix(self) -> str:
        """The end of a file's name: `.csv.gz`."""
        return f".{self.file_format}{_SUFFIXES[self.packing]}"

    @property
    def media_type(self) -> str:
        return PACKED_TYPES.get(self.packing) or MEDIA_TYPES[self.file_format]

    @property
    def settings(self) -> dict[str, str]:
        """ClickHouse's settings for this file."""
        match self.file_format:
            case "csv":
                return {
                    "format_csv_delimiter": _SEPARATORS[self.separator],
                    "format_csv_null_representation": "",
                    "output_format_csv_crlf_end_of_line": "1",
                    **_PLACES_OF_TEXT,
                }
            case "parquet":
                return {
                    # The size of row groups, which a writer keeps in memory.
                    "output_format_parquet_row_group_size": "200000",
                    "output_format_parquet_compression_method": "zstd",
                    "output_format_parquet_string_as_string": "1",
                }
            case _:
                return dict(_PLACES_OF_TEXT)
