"""Greets people in several languages."""

GREETINGS = {"de": "Guten Tag", "en": "Hello", "es": "Hola", "fr": "Bonjour"}


def greet(name: str, language: str = "en") -> str:
    """Return a greeting; an unknown language is an error that names the known ones."""
    if language not in GREETINGS:
        raise ValueError(f"unknown language {language!r}; known are {', '.join(GREETINGS)}")
    return f"{GREETINGS[language]}, {name or 'stranger'}!"
