"""Signing in at an OpenID Connect provider. Loaded when one is set up; nothing else imports what this takes."""
