"""A local stand-in for the two Lightspeed Retail APIs (R-Series V3 and X-Series), over one SQLite store."""
