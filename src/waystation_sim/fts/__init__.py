"""FTS3 as its REST clients see it: jobs that move real bytes between HTTP servers.

Calls, states and errors are those of fts-rest-flask (a8b4983, 2024-09-24), read and not copied.
How long files wait, and the words of reasons, are from memory of the public service.
"""
