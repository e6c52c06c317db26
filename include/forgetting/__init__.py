"""Forgetting a person: out of every table and object, proven by a scan, and never back again."""
