"""Scenarios written by a model and checked by a critic: what is asked, how it is read, what is kept."""
