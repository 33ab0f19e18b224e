"""What concerns a person: notifications from the ledger, and what each person watches."""
