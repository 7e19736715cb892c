"""The bytes: certificates as to-be-signed objects; lint, description, comparison."""
