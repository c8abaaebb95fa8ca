"""WLCG Tape REST API v1: stage, poll, cancel, release, archive-poll for gfal2 and FTS."""
