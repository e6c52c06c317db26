"""Lightspeed Retail, R-Series (V3) and X-Series (2.0), behind one client: pages in, typed Arrow rows out."""
