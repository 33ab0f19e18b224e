"""Reading a shell script as far as that can be done without running it."""

from __future__ import annotations

import re

_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1.*?^\s*\2$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"(?m)(^|\s)#.*$")
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"")
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_SEPARATOR = re.compile(r"&&|\|\||[;|&\n(){}]|\$\(|`|\b(?:then|do|else|elif|if|while|until|!|time|exec|env|nohup)\b")
_WORD = re.compile(r"\s*((?:[A-Za-z_]\w*=\S*\s+)*)([\w.+-]+)(?=\s|$)")
_SUDO = re.compile(r"\s*sudo\s+(?:-\S+\s+)*((?:[A-Za-z_]\w*=\S*\s+)*)([\w.+-]+)")


def commands_in(script: str) -> set[str]:
    """Return the words that stand where a shell script has the name of a command, behind ``sudo`` as well.

    Text in quotes, comments and here-documents does not count. Functions and aliases of the script are not known.
    """
    text = script.replace("\\\n", " ")
    for pattern in (_EXPRESSION, _HEREDOC, _QUOTED, _COMMENT):
        text = pattern.sub(" _ ", text)
    found: set[str] = set()
    for command in _SEPARATOR.split(text):
        for pattern in (_WORD, _SUDO):
            if match := pattern.match(command):
                found.add(match[2])
    return found
