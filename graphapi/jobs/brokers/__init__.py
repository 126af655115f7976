"""The two brokers: embedded in the server, and over Redis for separate workers."""
