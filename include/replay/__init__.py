"""The replay: any table of the landing made again from the raw objects alone."""
