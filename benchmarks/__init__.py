"""Measurements, each against a floor or a peer in the same run: `python -m benchmarks.NAME`."""
