"""The mutations, one file per noun."""
