"""Who may come in: second factors, sessions, and what leads do about both.

``factor`` sets up and checks the second factor, ``sessions`` knows who is signed in
where, ``middleware`` keeps everybody else out: it is closed by default, and only what
needs no login at all, or is named in ``middleware.OPEN``, is reached without step 2.
"""
