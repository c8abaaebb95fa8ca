"""Another site's tape system, by the WLCG Tape REST API v1: dCache, EOS with CTA, StoRM."""
