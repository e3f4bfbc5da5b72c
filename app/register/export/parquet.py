"""Convert JSON lines to Parquet. It runs in a separate process, whose memory ends with it.

Standard input has an order: `fields`, a list of names and types of a table schema, and `files`, a
list of pairs: the JSON lines (gzip) to read, a list, and the Parquet file to write.
"""

from __future__ import annotations

import json
import sys
from typing import IO, TypedDict

import duckdb

#: Type of a table schema → type of the column.
TYPES = {
    "string": "VARCHAR",
    "time": "VARCHAR",
    "date": "DATE",
    "datetime": "TIMESTAMPTZ",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
}
#: What the process uses: one processor, and this much memory, above which it writes to disk.
SETTINGS = {
    "threads": "1",
    "memory_limit": "512MB",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
#: Rows that are compressed together; a reader fetches only the groups and columns that it needs.
GROUP = 50_000


class Order(TypedDict):
    """What to convert."""

    fields: list[tuple[str, str]]
    files: list[tuple[list[str], str]]
    #: A folder for what does not fit into memory.
    spill: str


def main(order_from: IO[str] = sys.stdin) -> None:
    """Convert the files of an order. Raises duckdb.Error, also where the disk is full."""
    order: Order = json.load(order_from)
    columns = {name: TYPES[kind] for name, kind in order["fields"]}
    names = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
    with duckdb.connect(config={**SETTINGS, "temp_directory": order["spill"]}) as connection:
        for sources, target in order["files"]:
            rows = f"select {names} from read_json($sources, format = 'newline_delimited', "  # noqa: S608
            rows += "columns = $columns, compression = 'gzip')"
            connection.execute(
                f"copy ({rows}) to '{_quoted(target)}' "
                f"(format parquet, compression zstd, row_group_size {GROUP})",
                {"sources": sources, "columns": columns},
            )


def _quoted(path: str) -> str:
    return path.replace("'", "''")


if __name__ == "__main__":
    main()
