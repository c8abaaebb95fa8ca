"""Every write of the subject: set-based, compare-and-set, counters and event in the statement.

Locks are taken in the order request, recalls (by id), items; where two transactions still meet in
opposite order PostgreSQL ends one of them and `Database.run` does it again.
"""

import logging

log = logging.getLogger(__name__)
