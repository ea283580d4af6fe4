"""The values that travel between rooms: a module per noun. No I/O, no SQL, no settings, no clock."""
