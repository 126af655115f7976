"""Where everything is made: opened in one place, closed in reverse order."""
