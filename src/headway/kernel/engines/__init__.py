"""Clients of the engines that rooms share; so far Docker's, and whatever speaks its API."""
