"""Outgoing webhooks: events of the ledger, as CDEvents in CloudEvents, signed as Standard Webhooks has it."""
