"""Appends copies of a table's first row with PyIceberg: append.py CATALOG_DB WAREHOUSE TABLE COLUMN VALUE..."""

import sys

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog

database, warehouse, name, column, *values = sys.argv[1:]
catalog = SqlCatalog("lake", uri=f"sqlite:///{database}", warehouse=warehouse)
table = catalog.load_table(name)
row = table.scan(limit=1).to_arrow().slice(0, 1)
at = row.schema.get_field_index(column)
for value in values:
    copy = row.set_column(at, row.schema.field(at), pa.array([value], row.schema.field(at).type))
    table.append(copy)
