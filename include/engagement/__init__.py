"""E-mail, web content and social activity: what customers do besides buying, in the landing that sales use."""
