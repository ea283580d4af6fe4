"""The command line: each command parses, calls one function, prints. What it does lives in `monitor.work`."""
