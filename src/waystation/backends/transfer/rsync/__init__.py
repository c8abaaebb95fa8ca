"""By rsync: from or to a host that is reached by SSH, or an rsync daemon."""
