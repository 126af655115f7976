"""The edges of the process as small protocols, each with its frozen values."""
