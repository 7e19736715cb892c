"""Who must agree, and who holds what."""
