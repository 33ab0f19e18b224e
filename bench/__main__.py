"""`python -m bench SUITE`: run, check, output, workspace, reading, insight, ledger, signatures, transport, or all."""

from __future__ import annotations

import sys
from importlib import import_module

SUITES = ("run", "check", "output", "workspace", "reading", "insight", "ledger", "signatures", "transport")


def main(arguments: list[str]) -> int:
    wanted = SUITES if arguments == ["all"] else tuple(arguments)
    if not wanted or not set(wanted) <= set(SUITES):
        print(f"usage: script/bench SUITE\nsuites: {', '.join(SUITES)}, all", file=sys.stderr)
        return 2
    sys.argv = sys.argv[:1]
    for suite in wanted:
        print(f"== {suite}")
        import_module(f"bench.{suite}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
