"""A large installation: 200 teams, 2,000 projects, 100,000 commits and a million events, always the same.

Written into a database as the server would have left it: everything sealed, delivered and recorded.
"""

from bench.installation.filling import EVERYWHERE, MEMBER, OUTSIDER, Installation, fill

__all__ = ["EVERYWHERE", "MEMBER", "OUTSIDER", "Installation", "fill"]
