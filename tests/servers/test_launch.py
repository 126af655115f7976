import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.rules.sources import ROOT

# Stands for a test run: launches a server, says so, and waits.
RUN = """
import sys, time
from pathlib import Path
from tests.servers.launch import launch
print(launch(["sleep", "600"], Path(sys.argv[1])), flush=True)
time.sleep(600)
"""


def test_a_server_and_its_folder_do_not_outlive_a_killed_run() -> None:
    folder = Path(tempfile.mkdtemp(prefix="graphapi-launch-"))
    with subprocess.Popen(
        [sys.executable, "-c", RUN, folder],
        cwd=ROOT,
        env={},  # so that it is a run of its own, not a worker of this one
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout
        server = int(run.stdout.readline())
        assert _lives(server)
        assert folder.is_dir()
        run.kill()
    end = time.monotonic() + 10
    while _lives(server) or folder.exists():
        assert time.monotonic() < end, "the server is still there"
        time.sleep(0.05)


def _lives(server: int) -> bool:
    try:
        state: str = psutil.Process(server).status()
    except psutil.NoSuchProcess:
        return False
    return state != "zombie"
