"""One row per answer, or per verdict, as CSV, Parquet or JSON lines, written part by part; and read back.

CSV texts are guarded against being taken for formulas; an empty cell is nothing, a quoted empty cell an empty text.
JSON lines leave out what is nothing.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.spreadsheet import guarded_frame, unguard

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_INTEGERS = ("condition", "memory_length", "memory_bound", "beams", "wording", "code", "exchange", "repeat")
_NUMBERS = ("temperature", "top_p", "score", "keyed_score", "weight", "option_mass")


def write_csv(frames: Iterable[pd.DataFrame], path: Path) -> int:
    """Write the long CSV; returns the number of rows."""
    import pyarrow.csv

    rows, writer = 0, None
    try:
        for frame in frames:
            table = plain_table(guarded_frame(frame))
            writer = writer or pyarrow.csv.CSVWriter(path, table.schema)
            writer.write_table(table)
            rows += len(frame)
    finally:
        if writer is not None:
            writer.close()
    return rows


def write_parquet(frames: Iterable[pd.DataFrame], path: Path) -> int:
    """Write the Parquet file; names stay dictionaries. Returns the number of rows."""
    import pyarrow
    import pyarrow.parquet

    rows, writer = 0, None
    try:
        for frame in frames:
            table = pyarrow.Table.from_pandas(frame, preserve_index=False)
            writer = writer or pyarrow.parquet.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
            rows += len(frame)
    finally:
        if writer is not None:
            writer.close()
    return rows


def write_jsonl(frames: Iterable[pd.DataFrame], path: Path) -> int:
    """Write one JSON object per line and row; returns the number of lines."""
    rows = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for frame in frames:
            members = [_json_members(str(name), values) for name, values in frame.items()]
            file.writelines("{" + ",".join(filter(None, row)) + "}\n" for row in zip(*members, strict=True))
            rows += len(frame)
    return rows


_encode_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
# Line ends to some readers of lines, though not to JSON.
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")


def _encode(value: Any) -> str:
    return _LINE_ENDS.sub(lambda found: f"\\u{ord(found[0]):04x}", _encode_json(value))


def _json_members(name: str, values: pd.Series[Any]) -> list[str]:
    """`"name":value` for every row, empty where there is none; a category is encoded once, not for every row."""
    import numpy as np
    import pandas as pd

    codes, distinct = pd.factorize(values)
    table = [*(f"{_encode(name)}:{_encode(value)}" for value in distinct.tolist()), ""]
    members: list[str] = np.array(table, dtype=object)[codes].tolist()
    return members


def plain_table(frame: pd.DataFrame) -> pa.Table:
    """The frame as an Arrow table with texts in place of dictionaries."""
    import pyarrow

    table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    for place, field in enumerate(table.schema):
        if pyarrow.types.is_dictionary(field.type):
            values = table.column(place).cast(field.type.value_type)
            table = table.set_column(place, field.with_type(field.type.value_type), values)
    return table.replace_schema_metadata(None)


def read_long(path: Path, file_format: str) -> pd.DataFrame:
    """The file as a frame."""
    import pandas as pd

    if file_format == "parquet":
        return pd.read_parquet(path)
    if file_format == "jsonl":
        with path.open(encoding="utf-8") as file:
            return pd.DataFrame([json.loads(line) for line in file])
    return _typed(_read_csv(path))


def _read_csv(path: Path) -> pd.DataFrame:
    """Every cell as text; nothing where the cell is empty and not quoted."""
    import pyarrow
    import pyarrow.csv

    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    # The header is read as a row, so that every column can be declared as text without trusting its name.
    columns = [f"f{place}" for place in range(len(header))]
    table = pyarrow.csv.read_csv(
        path,
        read_options=pyarrow.csv.ReadOptions(autogenerate_column_names=True),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pyarrow.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    frame = table.slice(1).to_pandas()
    frame.columns = [unguard(name) for name in header]
    unguarded: pd.DataFrame = frame.apply(lambda column: column.map(unguard, na_action="ignore"))
    return unguarded


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers of columns that are ours as numbers."""
    numbers = [name for name in frame.columns if name in _NUMBERS or name.startswith("p_")]
    kinds: dict[str, Any] = dict.fromkeys(numbers, "float64")
    kinds |= {name: "Int64" for name in _INTEGERS if name in frame.columns}
    return frame.astype(kinds)
