"""The work that happens after the answer: broker, actors, poller, sweeper."""
