"""The products and providers of the journeys, for whoever breaks things under load."""

from tests.journeys.conftest import (  # noqa: F401 - fixtures, found by name
    embedded,
    fal,
    fal_url,
    migrated_url,
    openrouter,
    openrouter_url,
    product,
    provider_settings,
    scaled,
    settings,
    stack,
)
