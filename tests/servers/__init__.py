"""Real servers for the tests, from wheels: no container engine, no installation.

- `valkey.py`: `valkey_url`, emptied for each test; `valkey_server`, one of the test's own, to be
  frozen, killed and restarted.
- `postgres.py`: `postgres_url`, a new database for each test; `postgres`, to make more of them.
- `s3.py`: `s3_bucket` and `moto_url`, an S3 that verifies signatures.

Nothing is started that no test asks for, and nothing outlives the test run (`launch.py`).
"""
