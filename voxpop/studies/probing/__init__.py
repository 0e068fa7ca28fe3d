"""The study `probing`: what three probes say where presentations should not matter, and what that says of people."""
