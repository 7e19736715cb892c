"""How files cross the air gap."""
