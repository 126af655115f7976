"""The root queries, one file per noun."""
