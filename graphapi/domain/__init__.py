"""The rules of the product, pure: no input, no output, the standard library alone."""
