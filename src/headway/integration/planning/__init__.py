"""The pure engine: which workflows an event starts, what jobs they become, and what happens next."""
