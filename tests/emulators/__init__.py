"""Other people's services, speaking their real protocols over real HTTP on loopback."""
