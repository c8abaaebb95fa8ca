"""A simulated archive site that answers as Versity ScoutAM: its REST calls and its Kafka news.

The library, the cartridges and the bytes are those of `waystation_sim.site`; only the mouth is
another. What of ScoutAM's wire is known comes from two public clients (MWA's `mwa_staging` and
AWI's `fsspec-scoutfs`); the vendor's own documents are not public. Where they leave a choice, the
comments say "our choice".
"""
