"""What an auditor asks of the ledger: whether a day adds up, and one document's whole life."""
