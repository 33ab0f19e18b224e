"""The shell of the pages: layout, components, style, and what every answer to a browser has in common.

It knows no room.
"""
