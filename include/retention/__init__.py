"""How long everything is kept, in one place, and the job that sees to it."""
