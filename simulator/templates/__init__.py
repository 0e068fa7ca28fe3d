"""The built-in prompt styles as data: one TOML file per style, read by `simulator.styles`."""
