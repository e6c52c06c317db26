"""Lightspeed Retail, R-Series (V3) and X-Series (2.0 and 2026-07), one client: pages in, typed Arrow rows out."""
