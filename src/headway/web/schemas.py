"""Shapes that many answers of the API have in common."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

Item = TypeVar("Item")


class Model(BaseModel):
    """A shape of the API."""


class ListOf(Model, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    following: str = Field("", description="pass it as `after` to get the next page; empty at the end")


class EventShape(Model):
    """An event of the ledger."""

    id: str
    position: int = Field(description="its place in the ledger, from 1; 0 while it waits for its seal")
    hash: str = Field(description="covers this event and all before it; empty while it waits for its seal")
    type: str
    subject: str
    actor: str
    project: str
    time: datetime
    data: dict[str, Any]


class LinkShape(Model):
    """A typed link between two subjects."""

    source: str
    kind: str
    target: str


class GraphShape(Model):
    """Part of the graph of links."""

    subjects: list[str]
    links: list[LinkShape]
    complete: bool = Field(description="false when there is more than the bound of 1,000 subjects")
