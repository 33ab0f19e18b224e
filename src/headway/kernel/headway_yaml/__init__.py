"""``headway.yaml``: the one file of a repository that Headway reads and nobody else does.

Rooms register sections; the kernel reads the text, checks each section by its model and says what is wrong and where.
"""

from headway.kernel.headway_yaml.loading import load, unreadable
from headway.kernel.headway_yaml.sections import FILE_NAME, HeadwayYaml, Section

__all__ = ["FILE_NAME", "HeadwayYaml", "Section", "load", "unreadable"]
