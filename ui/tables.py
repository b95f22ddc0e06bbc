"""Tables that load no pandas: small ones in Markdown, long ones from Arrow.

pandas would add 45 to 70 MB to the server's memory, and a third of a second to the first visitor's wait.
"""

import io
import json

import streamlit as st


def small_table(columns: dict[str, list[str]]) -> None:
    """Show a table of texts in Markdown: `columns` is heading -> cells, all of one length."""
    if not columns:
        return
    lines = [list(columns), ["---"] * len(columns), *zip(*columns.values(), strict=True)]
    st.markdown("\n".join(f"| {' | '.join(cells)} |" for cells in lines))


def arrow_table(rows: list[dict], kinds: dict[str, str]):
    """`rows` as an Arrow table for st.dataframe; `kinds` is column -> Arrow's name of its type.

    The rows go through JSON, because pyarrow.array would load pandas, as Streamlit itself does.
    """
    import pyarrow  # slow to import; only one page lists rows
    from pyarrow import json as arrow_json

    types = {
        "string": pyarrow.string(),
        "double": pyarrow.float64(),
        "list<double>": pyarrow.list_(pyarrow.float64()),
    }
    schema = pyarrow.schema([(name, types[kind]) for name, kind in kinds.items()])
    if not rows:
        return schema.empty_table()
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    content = lines.encode(errors="replace")  # lone surrogates cannot be encoded
    parsing = arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    reading = arrow_json.ReadOptions(use_threads=False, block_size=len(content) + 1)
    return arrow_json.read_json(io.BytesIO(content), reading, parsing)
