"""Stands in for PySpark, which is as large as Spark."""
