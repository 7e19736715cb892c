"""What may be signed: CP/CPS, profiles, as data."""
