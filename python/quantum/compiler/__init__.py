"""``compile=True``: a strategy's callbacks as machine code, with the results of the interpreted class.

The class is read from its source (``source``), its fields become a record (``record``), its methods are compiled by
numba with types of our own (``natives``, ``methods``) and Python's arithmetic (``arithmetic``). ``on_start`` and
``on_stop`` stay Python. What is not exactly as interpreted is refused with a CompileError at the user's line.
"""
