"""The eight `datahost-…` commands of old: Python's own library only, so that they start quickly.

They are also handed out as one file (`/datahost/clients/`), for nodes without this package.
"""
