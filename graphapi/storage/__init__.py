"""Where pictures live, and what is done to them on the way in."""
