"""The HTTP surface, in Starlette."""
