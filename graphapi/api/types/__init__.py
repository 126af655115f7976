"""The types of the schema: plain values, each made from a domain value in one place."""
