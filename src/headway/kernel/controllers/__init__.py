"""What runs beside the answering of requests: loops, each on one server at a time."""

from headway.kernel.controllers.controllers import Controllers

__all__ = ["Controllers"]
