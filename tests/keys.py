"""Pseudonym keys for tests: 32 random bytes each."""

__all__ = ["KEY", "OTHER_KEY"]

KEY = "raw:fd7d2a8cf3aea72ca3e232d88897973929e700ce0611b524a700f146d8ceed1d"
OTHER_KEY = "raw:69daec67638861a721e9db986c6730ed303217b4bdf4f316da177710fbbe72d5"
