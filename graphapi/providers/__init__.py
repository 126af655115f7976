"""The models we pay for, and the one we do not."""
