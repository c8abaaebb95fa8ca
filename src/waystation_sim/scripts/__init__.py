"""Example commands for Waystation's `script` back end, over a simulated site's `eeadm`.

Each is a program by itself, with nothing but the standard library. EEADM names the command, LISTS
a directory for recall lists. Exit code 75 says that the tape system does not answer now.
"""
