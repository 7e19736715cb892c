"""What happened: events, the hash chain, the archive, the register folded from it."""
