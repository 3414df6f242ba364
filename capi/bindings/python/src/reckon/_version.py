"""The release, equal to the library's (a test compares them)."""
__version__ = "0.1.0"
