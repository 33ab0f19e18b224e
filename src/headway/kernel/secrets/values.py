"""Secrets on their way to a run: values that do not show themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class MaskedValues(Mapping[str, str]):
    """Names and values. Printed, logged or formatted it shows the names only."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"MaskedValues({', '.join(f'{name}=***' for name in self._values)})"

    def __reduce__(self) -> str:
        raise TypeError("secrets are not written anywhere by accident")
