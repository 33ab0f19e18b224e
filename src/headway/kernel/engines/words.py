"""Splitting a command line as .NET does on Unix, which is how GitHub's runner hands one to ``docker``."""

from __future__ import annotations

_QUOTE, _ESCAPE = '"', "\\"


def split_words(text: str) -> list[str]:
    r"""Return the words of a command line.

    Only double quotes group, and single ones stand for themselves. Within and outside of quotes, backslashes are
    special before a double quote alone: ``\"`` is a quote, ``\\"`` a backslash and the end of the quoted part; two
    double quotes in a quoted part are one that is meant.
    """
    words: list[str] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        word, at = _word(text, at)
        words.append(word)
    return words


def _word(text: str, at: int) -> tuple[str, int]:
    parts: list[str] = []
    quoted = False
    while at < len(text) and (quoted or not text[at].isspace()):
        if text[at] == _ESCAPE:
            piece, at = _backslashes(text, at)
            parts.append(piece)
        elif text[at] != _QUOTE:
            parts.append(text[at])
            at += 1
        elif quoted and text[at + 1 : at + 2] == _QUOTE:
            parts.append(_QUOTE)
            at += 2
        else:
            quoted = not quoted
            at += 1
    return "".join(parts), at


def _backslashes(text: str, at: int) -> tuple[str, int]:
    end = at
    while text[end : end + 1] == _ESCAPE:
        end += 1
    count = end - at
    if text[end : end + 1] != _QUOTE:
        return _ESCAPE * count, end
    if count % 2:
        return _ESCAPE * (count // 2) + _QUOTE, end + 1
    return _ESCAPE * (count // 2), end
