"""The landing: records of any source -> Cloud Storage objects -> staging tables -> tables, with a ledger."""
