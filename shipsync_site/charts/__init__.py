"""Charts as SVG drawn by the server: pure functions from figures to markup.

Each is readable without colour (patterns, marks, numbers beside the bars), says in its
title and description what it shows, and has a table behind it with the same figures. No
style attributes: colours are classes (static/shipsync/charts.css), of the tokens.
Drawings are 360 units wide, so that their text keeps its size on a phone.
"""
