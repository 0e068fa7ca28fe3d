"""The verbs of the command line, one module per family. Each registers its commands on the application."""
