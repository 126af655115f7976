"""What every test shares: the real servers, and a run that nothing on the machine can colour."""

import os

import pytest
from hypothesis import HealthCheck, settings

from graphapi.settings import Settings

pytest_plugins = (
    "tests.servers.postgres",
    "tests.servers.s3",
    "tests.servers.valkey",
    "tests.soaking",
)

# No deadline: a busy machine is not a defect. On CI the same examples every time, so that a red
# build is red again; at home new ones each time.
settings.register_profile("home", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("home"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "home")

# A developer's own keys and settings must neither be spent nor change an outcome.
Settings.model_config["env_file"] = None
for name in list(os.environ):
    ours = name.startswith(("GRAPHAPI_", "FAL_", "OPENROUTER_", "LUMENFALL_", "AWS_"))
    if ours and not name.startswith("GRAPHAPI_TEST_"):
        del os.environ[name]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run two tests a core at once: half of their time they wait for processes and clocks."""
    return 2 * (os.cpu_count() or 1)
