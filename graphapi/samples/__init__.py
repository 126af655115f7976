"""Real photographs to start a library with; README.md beside this file credits them."""

from importlib import resources

# The first is the one that a new library begins with.
NAMES = ("astronaut.png", "coffee.png", "rocket.jpg", "chelsea.png")


def read_sample(name: str) -> bytes:
    """Read one sample photograph, as the file it is; raises FileNotFoundError."""
    return resources.files(__name__).joinpath(name).read_bytes()
