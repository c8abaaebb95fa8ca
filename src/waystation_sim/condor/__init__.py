"""A look-alike of HTCondor behind its own Python bindings, for no package has its daemons here.

Submit descriptions, expressions and ads are those of the real bindings; only what would be said to
an access point and a collector is answered here, from a queue in a folder. What it does is from
HTCondor's manual: "Python bindings", "condor_submit" and "Job ClassAd Attributes".
"""
