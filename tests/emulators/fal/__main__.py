"""Run the emulator as a process: `python -m tests.emulators.fal --port 0 --seconds 2 --limit 2`.

Prints its address as one line, then serves until it is told to stop. Its ledger is at
`/_emulator/ledger`.
"""

import argparse
import socket

import uvicorn

from tests.emulators.fal.emulator import KEY, FalEmulator


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="tests.emulators.fal")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each job runs")
    parser.add_argument("--limit", type=int, default=None, help="jobs the account runs at once")
    parser.add_argument("--key", default=KEY, help=f"the accepted key, {KEY} unless told")
    parser.add_argument("--shrink", type=int, default=1, help="divides the size of pictures")
    asked = parser.parse_args()
    emulator = FalEmulator(asked.seconds, asked.limit, asked.key, asked.shrink)
    with socket.create_server(("127.0.0.1", asked.port)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)  # noqa: T201 - its answer
        server = uvicorn.Server(
            uvicorn.Config(emulator.app, log_level="warning", timeout_graceful_shutdown=1)
        )
        server.run(sockets=[listener])


if __name__ == "__main__":
    main()
