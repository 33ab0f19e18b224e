"""Whose the signatures of commits are."""
