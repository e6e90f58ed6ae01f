"""One act on many cases: looked at, confirmed, counted down, done, undone.

``preparing`` writes down what a person is about to do (a :class:`BulkRun` with a row per
case); ``runs`` does it, each case on its own through ``orders.triage``; ``deeds`` says
what each act does to one case and how that is undone.
"""
