"""Continuous integration: workflows, their expressions, their execution, and what they leave behind."""
