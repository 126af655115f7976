"""A worker of its own process, for tests that kill it: URL, journal and manner are arguments.

It notes "began JOB" and "ended JOB" in the journal; a "stuck" one never ends a step.
"""

import asyncio
import signal
import sys
from pathlib import Path

from graphapi.jobs.actors import declare_actors
from graphapi.jobs.brokers.redis import make_redis_broker
from graphapi.jobs.worker import WorkerRuntime
from graphapi.ports.doorbell import Step


async def work(url: str, journal: Path, manner: str) -> None:
    """Work until SIGTERM."""

    def note(line: str) -> None:
        with journal.open("a") as lines:
            lines.write(line + "\n")

    async def perform(job_id: str) -> None:
        note(f"began {job_id}")
        if manner == "stuck":
            await asyncio.Event().wait()
        note(f"ended {job_id}")

    broker = make_redis_broker(url)
    declare_actors(broker, {Step.PREPARE: perform})
    runtime = WorkerRuntime(broker)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    runtime.start()
    note("started")
    await stopped.wait()
    await runtime.stop(0.5)
    note("stopped")


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
