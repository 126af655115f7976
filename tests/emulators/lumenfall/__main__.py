"""Run the emulator as a process: `python -m tests.emulators.lumenfall --port 0 --seconds 1`.

Prints the base URL of its API as one line, then serves until it is told to stop. Its ledger is at
`/_emulator/ledger`.
"""

import argparse
import socket

import uvicorn

from tests.emulators.lumenfall.emulator import KEY, LumenfallEmulator


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="tests.emulators.lumenfall")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long a picture takes")
    parser.add_argument("--key", default=KEY, help=f"the accepted key, {KEY} unless told")
    asked = parser.parse_args()
    emulator = LumenfallEmulator(asked.seconds, asked.key)
    with socket.create_server(("127.0.0.1", asked.port)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/openai/v1"
        print(address, flush=True)  # noqa: T201 - its answer
        server = uvicorn.Server(
            uvicorn.Config(emulator.app, log_level="warning", timeout_graceful_shutdown=1)
        )
        server.run(sockets=[listener])


if __name__ == "__main__":
    main()
