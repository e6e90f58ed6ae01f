"""What is told outside the console: looked for each minute, written down, then sent.

``triggers`` say what stands and what of it is new, ``planning`` who is told of it now,
``words`` how, ``delivery`` sends what was written down. Looking and sending are apart,
so that no call runs in a transaction and a place that is down loses nothing.
"""
