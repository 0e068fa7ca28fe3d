"""The documentation's generators: what is written into it instead of being typed, from the code itself."""
