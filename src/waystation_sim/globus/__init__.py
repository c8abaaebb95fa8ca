"""Globus as its own SDK and command line see it: tokens and transfers, with real bytes on disk.

The wire is that of globus-sdk 4.9 and globus-cli 3.43 (Auth v2, Transfer v0.10), which are the
judges in the tests. Codes of errors of single files are from memory of the public service.
"""
