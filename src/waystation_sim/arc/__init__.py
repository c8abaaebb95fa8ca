"""A look-alike of ARC 7's REST 1.1, for what no package of Debian 12 can show.

What it does is from the source of ARC 7 (`src/services/a-rex/rest/rest.cpp`): lists are lists
also when they have one element or none, tokens are taken, and rights can be less than all.
"""
