"""Messages of the results service as JSON ("ProtoJSON"): numbers of 64 bits are texts, names have two spellings."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from headway.integration.results.errors import InvalidRequestError

_LARGEST = 1 << 63


class Message(NamedTuple):
    """The fields of a message, each read as what it has to be. A field that is missing has its default."""

    fields: dict[str, object]

    def text(self, name: str) -> str:
        """Return a text. Raises ``InvalidRequestError`` for anything else."""
        value = self._get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise InvalidRequestError(f"'{name}' must be a text")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidRequestError(f"'{name}' holds half of a character") from None
        return value

    def needed(self, name: str) -> str:
        """Return a text that is not empty. Raises ``InvalidRequestError``."""
        value = self.text(name)
        if not value:
            raise InvalidRequestError(f"'{name}' is required")
        return value

    def number(self, name: str) -> int | None:
        """Return an integer that is not negative, None if it is missing. Raises ``InvalidRequestError``."""
        value = self._get(name)
        if value is None:
            return None
        if isinstance(value, str) and re.fullmatch(r"\d{1,19}", value, re.ASCII):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _LARGEST:
            raise InvalidRequestError(f"'{name}' must be a number that is not negative, below 2^63")
        return value

    def texts(self, name: str) -> list[str]:
        """Return a list of texts. Raises ``InvalidRequestError``."""
        values = self._get(name)
        if values is None:
            return []
        if not isinstance(values, list):
            raise InvalidRequestError(f"'{name}' must be a list")
        return [Message({name: value if value is not None else 0}).text(name) for value in values]

    def _get(self, name: str) -> object:
        return self.fields.get(name, self.fields.get(re.sub("_([a-z])", lambda found: found[1].upper(), name)))


def read_message(data: bytes) -> Message:
    """Return a message from its text. Raises ``InvalidRequestError`` for what is no JSON object."""
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError(f"The request is no JSON: {str(error)[:200]}") from None
    if not isinstance(fields, dict):
        raise InvalidRequestError("The request must be a JSON object")
    return Message(fields)
