"""Everything that outlives the process. All SQL of the program stands in this package, on SQLAlchemy Core.

Functions take an open transaction (`tx`) first and say what the caller wants; a step of layer 4 joins
several in one function of its own and hands that to `Database.call` or `Database.run`.
"""
