"""The schema as text, for people, code generators and `schema.graphql`."""

from graphapi.api.schema import build_schema


def sdl() -> str:
    """Print the schema in the schema definition language, the same text for the same schema."""
    return build_schema().as_str() + "\n"
