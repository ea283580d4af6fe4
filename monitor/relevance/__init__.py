"""What is relevant: rules, seed profile and signals in; one verdict with its reasons out.

Import the modules directly (`judge`, `topics`, `seed`, `rules`, `evaluate`). Nothing is loaded at import.
"""
