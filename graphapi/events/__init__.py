"""The push path: mailboxes for subscribers and the buses that ring them."""
