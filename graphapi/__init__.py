"""A self-hosted GraphQL server for moodboards and previsualisation."""

__version__ = "0.1.0"
