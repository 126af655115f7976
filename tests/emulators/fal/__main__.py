"""Run the emulator as a process: `python -m tests.emulators.fal --port 0 --seconds 2 --limit 2`.

Prints its address as one line, then serves until it is told to stop. Its ledger is at
`/_emulator/ledger`; the options `--webhook-...` say how webhooks are delivered.
"""

import argparse
import socket

import uvicorn

from tests.emulators.fal.emulator import KEY, FalEmulator
from tests.emulators.fal.webhooks import Manner


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="tests.emulators.fal")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each job runs")
    parser.add_argument("--limit", type=int, default=None, help="jobs the account runs at once")
    parser.add_argument("--key", default=KEY, help=f"the accepted key, {KEY} unless told")
    parser.add_argument("--shrink", type=int, default=1, help="divides the size of pictures")
    _add_webhooks(parser)
    asked = parser.parse_args()
    emulator = FalEmulator(asked.seconds, asked.limit, asked.key, asked.shrink)
    emulator.courier.manner = _manner(asked)
    with socket.create_server(("127.0.0.1", asked.port)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)  # noqa: T201 - its answer
        server = uvicorn.Server(
            uvicorn.Config(emulator.app, log_level="warning", timeout_graceful_shutdown=1)
        )
        server.run(sockets=[listener])


def _add_webhooks(parser: argparse.ArgumentParser) -> None:
    usual = Manner()
    group = parser.add_argument_group("webhooks")
    group.add_argument("--webhook-delay", type=float, default=usual.delay, help="seconds")
    group.add_argument("--webhook-copies", type=int, default=usual.copies, help="at the same time")
    group.add_argument("--webhook-user-id", default=usual.user_id, help="whom they are for")
    group.add_argument("--webhook-late", type=float, default=usual.late, help="age, in seconds")
    for flag, meaning in (
        ("before-answer", "before the submit itself is answered"),
        ("silent", "none at all"),
        ("forged", "signed with an unknown key"),
        ("payload-error", "without their payload"),
        ("retried", "with two different ids"),
    ):
        group.add_argument(f"--webhook-{flag}", action="store_true", help=meaning)


def _manner(asked: argparse.Namespace) -> Manner:
    prefix = "webhook_"
    given = {name: value for name, value in vars(asked).items() if name.startswith(prefix)}
    return Manner(**{name.removeprefix(prefix): value for name, value in given.items()})


if __name__ == "__main__":
    main()
