"""Single methods on dataframes, without a workspace: `vitrail.rfm(orders, as_of="2011-12-10")`.

One module a method. Anything that speaks Arrow will do: pandas, Polars, DuckDB relations, PyArrow. Nothing is
written to disk.
"""
