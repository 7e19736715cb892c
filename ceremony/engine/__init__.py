"""The verb: performs a plan, step by step."""
