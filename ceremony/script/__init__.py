"""What will be done, by whom, in what order: the ceremony script and the plan compiled from it."""
