"""The subscriptions, one file per noun."""
