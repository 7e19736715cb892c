"""Is this machine fit? The clock and the environment."""
