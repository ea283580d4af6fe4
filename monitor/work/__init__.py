"""The work: the only rooms where the parts and the store meet."""
