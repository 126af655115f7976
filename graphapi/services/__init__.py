"""The use cases, as plain verbs."""
