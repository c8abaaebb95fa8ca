"""What happened, for whoever is to be told: written in the transaction in which it happened.

A subject posts a fact; `notify` takes it from there. No subject knows who listens, and a fact that
was rolled back was never told.
"""

from waystation.kernel.database import Connection, execute

TABLE = "outbox"


def post(conn: Connection, *, topic: str, facts: str, params: dict[str, object]) -> int:
    """Put facts into the outbox; how many.

    Args:
        conn: the transaction in which they come true.
        topic: what kind of fact, e.g. `stage-request.ended`.
        facts: a SELECT of one jsonb column, one row a fact; it must not be empty of `owner_id`.
        params: of the SELECT.
    """
    sql = f"""
      INSERT INTO {TABLE} (at, topic, facts)
      SELECT now(), %(topic)s, told.facts FROM ({facts}) AS told(facts)
    """
    return execute(conn, sql, {**params, "topic": topic})
