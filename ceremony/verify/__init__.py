"""Is it true? Works everything out again from the archive alone, and says what is proved and what cannot be."""
