"""A simulated archive site that answers as a WLCG Tape REST API v1 server.

The library, the cartridges and the bytes are those of `waystation_sim.site`; only the mouth is
another. How dCache, EOS with CTA and StoRM differ from the reference document and from each other
is a table in `flavours`; every difference can also be switched by itself.
"""
