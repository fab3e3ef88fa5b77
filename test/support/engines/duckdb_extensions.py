"""Extensions of DuckDB where it looks for those that are installed: PyPI has them, DuckDB's own server may be out of reach."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import duckdb


def place(folder):
    """Copies the extensions below the folder, which is to be DuckDB's extension_directory."""
    [(platform,)] = duckdb.sql("pragma platform").fetchall()
    for name in ("avro", "httpfs", "iceberg"):
        packed = Path(find_spec(f"duckdb_extension_{name}").origin).parent / "extensions" / f"v{duckdb.__version__}"
        target = Path(folder) / packed.name / platform
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(packed / f"{name}.duckdb_extension", target)
