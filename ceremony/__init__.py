"""Scripted key ceremonies of an offline root CA."""

__version__ = "0.1.0"
