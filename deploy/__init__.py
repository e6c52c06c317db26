"""Brings this repository into a Cloud Composer environment, and says what running it costs."""
