"""`headway ledger`: verify, show and export what happened."""

from __future__ import annotations

import json
import sys
from functools import partial
from typing import TYPE_CHECKING

from headway.cli.opening import add_place, opened
from headway.cli.options import new_parser

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from sqlalchemy.engine import Connection

    from headway.kernel.ledger.records import SealedEvent
    from headway.kernel.platform import Platform

_EXAMPLES = """\
  headway ledger verify                            follow the chain of hashes from the first event to the last
  headway ledger show --project acme/shop          the newest events of a project
  headway ledger show --subject run:42 --json      everything about a subject, one JSON object a line
  headway ledger export > events.jsonl             all sealed events, as CDEvents in CloudEvents, one a line
  headway ledger export --after 1200               those after position 1200
"""


def parser() -> ArgumentParser:
    """Return the parser of the command."""
    made = new_parser(
        "ledger",
        "Verify, show and export the ledger of the installation on this machine.",
        _EXAMPLES,
    )
    verbs = made.add_subparsers(dest="verb", metavar="VERB", required=True)
    verify = verbs.add_parser("verify", help="find whether anything was changed, removed or added afterwards")
    verify.add_argument("--json", action="store_true", help="print the result as JSON")
    show = verbs.add_parser("show", help="print events, newest first")
    for name, what in (
        ("project", "acme/shop"),
        ("type", "dev.cdevents.…"),
        ("subject", "run:42"),
        ("actor", "person:anna"),
    ):
        show.add_argument(f"--{name}", metavar=what, default="", help=f"only events of this {name}")
    show.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many (default 50)")
    show.add_argument("--json", action="store_true", help="print one JSON object a line")
    export = verbs.add_parser("export", help="print sealed events as CDEvents in CloudEvents, oldest first")
    export.add_argument("--after", type=int, default=0, metavar="POSITION", help="begin after this position")
    for verb in (verify, show, export):
        add_place(verb)
    return made


def run(options: Namespace) -> int:
    """Run one of the verbs. Return 0, or 1 when the ledger has a flaw."""
    verbs = {"verify": _verify, "show": _show, "export": _export}
    with opened(options) as platform:
        return verbs[options.verb](platform, options)


def _verify(platform: Platform, options: Namespace) -> int:
    from headway.kernel.ledger.sealing import Flaw, head_of, verify

    flaws: list[Flaw] = []
    telling = sys.stderr.isatty()

    def work(connection: Connection) -> int:
        for found in verify(connection):
            if isinstance(found, Flaw):
                flaws.append(found)
            elif telling:
                print(f"\r{found:,} events", end="", file=sys.stderr)
        return head_of(connection).position

    position = platform.database.snapshot(work)
    if telling:
        print("\r", end="", file=sys.stderr)
    if options.json:
        print(json.dumps({"events": position, "intact": not flaws, "flaws": [flaw._asdict() for flaw in flaws]}))
    else:
        for flaw in flaws:
            print(f"at position {flaw.position}: {flaw.message}")
        print(f"{position:,} events: {'the ledger is intact' if not flaws else 'the ledger was tampered with'}")
    return 1 if flaws else 0


def _show(platform: Platform, options: Namespace) -> int:
    from headway.kernel.ledger.listing import Filter, list_events
    from headway.kernel.ledger.records import checked_subject

    subject = checked_subject(options.subject) if options.subject else ""
    wanted = Filter(options.project, options.type, subject, options.actor)
    limit = max(1, min(options.limit, 100_000))
    page = platform.database.read(lambda connection: list_events(connection, wanted, None, "", limit))
    for sealed in page.items:
        print(json.dumps(_plain(sealed)) if options.json else _line(sealed))
    if not page.items and not options.json:
        print("no event fits", file=sys.stderr)
    return 0


def _export(platform: Platform, options: Namespace) -> int:
    from headway.kernel.ledger.export import cloudevent
    from headway.kernel.ledger.reading import sealed_after

    position = options.after
    while events := platform.database.read(partial(sealed_after, position=position, limit=1000)):
        for sealed in events:
            print(json.dumps(cloudevent(sealed, platform.base_url)))
        position = events[-1].position
    return 0


def _plain(sealed: SealedEvent) -> dict[str, object]:
    event = sealed.event._asdict() | {"id": str(sealed.event.id), "time": sealed.event.time.isoformat()}
    return {"position": sealed.position, "hash": sealed.hash, **event}


def _line(sealed: SealedEvent) -> str:
    event = sealed.event
    name = event.type.replace("dev.cdevents.", "").replace("dev.cdeventsx.headway-", "")
    place = sealed.position or "-"
    return f"{event.time:%Y-%m-%d %H:%M:%S}  {place:>8}  {name:<24}  {event.subject}  ({event.actor})"
