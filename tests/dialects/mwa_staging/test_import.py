"""What an old installation brings along: its open jobs, and its environment file."""

import tomllib

import psycopg
import pytest

from controllers.receivers import receiver
from dialects.mwa_staging.wire import told
from waystation.bootstrap.legacy import BECOMES, NOT_NEEDED, as_toml
from waystation.bootstrap.legacy_jobs import take_over
from waystation.kernel.errors import MalformedError, UnavailableError

A, B, C = "mwa/b/f/1.fits", "mwa/b/f/2.fits", "mwa/b/f/3.fits"
# The schema of mwa_staging 1843178, as the contract has it (tape-shims, 1B, DB).
SCHEMA = """
  CREATE TABLE staging_jobs (job_id integer PRIMARY KEY, notify_url text, created timestamptz,
    completed boolean, total_files integer, notified boolean, checked boolean);
  CREATE TABLE files (job_id integer, filename text, ready boolean, error boolean,
    readytime timestamptz, PRIMARY KEY (job_id, filename));
  CREATE TABLE kafkad_heartbeat (update_time timestamptz, last_message timestamptz,
    kafka_alive boolean);
"""


@pytest.fixture
def old(postgres):
    """A database of the old daemon, empty."""
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute("DROP DATABASE IF EXISTS old_mwa WITH (FORCE)")
        conn.execute("CREATE DATABASE old_mwa")
    dsn = postgres.rsplit("/", 1)[0] + "/old_mwa"
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(SCHEMA)
    yield dsn
    with psycopg.connect(postgres, autocommit=True) as conn:
        conn.execute("DROP DATABASE old_mwa WITH (FORCE)")


def job(dsn, clock, job_id, url, *files, completed=False, days=0.5):
    with psycopg.connect(dsn) as conn:
        conn.execute(
            "INSERT INTO staging_jobs VALUES (%s, %s, %s - %s * interval '1 day', %s, %s)",
            [job_id, url, clock.now(), days, completed, len(files)],
        )
        for name, ready, error in files:
            conn.execute(
                "INSERT INTO files VALUES (%s, %s, %s, %s, NULL)", [job_id, name, ready, error]
            )


def test_open_jobs_go_on_with_their_ids_and_are_told(wire, old):
    wire.put(A, B)
    house, terms, clock = wire.desk.house, wire.terms, wire.world.clock
    with receiver() as asvo:
        job(old, clock, 17, asvo.url(), (A, True, False), (B, False, False))
        job(old, clock, 18, asvo.url(), (B, True, False), completed=True)
        job(old, clock, 19, asvo.url(), (A, False, True))
        job(old, clock, 20, asvo.url())
        job(old, clock, 21, "https://evil.example.org/", (A, False, False))
        done = take_over(house, terms, old)
        assert (done.jobs, done.files, done.known, done.empty) == (3, 4, 0, 1)
        assert [number for number, _ in done.refused] == [21]
        again = take_over(house, terms, old)
        assert (again.jobs, again.known) == (0, 3)
        assert wire.status(17)["total_files"] == 2
        wire.turn()
    assert sorted((each["job_id"], each["return_code"]) for each in told(asvo)) == [
        (17, 0),
        (18, 0),
        (19, 0),
    ]


def test_what_is_left_of_their_time_is_kept(wire, old):
    wire.put(A, B)
    job(old, wire.world.clock, 17, "", (A, False, False), days=0.5)
    job(old, wire.world.clock, 18, "", (B, False, False), days=9)
    take_over(wire.desk.house, wire.terms, old)
    sql = "SELECT extract(epoch FROM expires - created)::int / 3600 FROM staging_request"
    assert sorted(wire.world.rows(sql)) == [(1,), (36,)]


def test_another_database_is_refused_in_words(wire, old):
    with pytest.raises(MalformedError):
        take_over(wire.desk.house, wire.terms, wire.world.dsn)
    with pytest.raises(UnavailableError):
        take_over(wire.desk.house, wire.terms, "postgresql://127.0.0.1:1/none?connect_timeout=2")


def test_every_old_name_is_understood():
    """Every environment name of 1A and 1B."""
    mwa = """SCOUT_LOGIN_URL SCOUT_QUERY_URL SCOUT_STAGE_URL SCOUT_CANCEL_URL SCOUT_CACHESTATE_URL
      SCOUT_API_USER SCOUT_API_PASSWORD RESULT_USERNAME RESULT_PASSWORD DBUSER DBPASSWORD DBHOST
      DBNAME KAFKA_TOPIC KAFKA_SERVER KAFKA_USER KAFKA_PASSWORD STAGING_LOGDIR REPORT_EXPIREDAYS
      FILE_RESTAGE_INTERVAL JOB_EXPIRY_TIME DATA_FILES_URL"""
    ltfsee = "AUTH_KEY LTFSEE_LIB LOGLEVEL FLASK_DEBUG CACHE_DEFAULT_TIMEOUT BIND KEYFILE CERTFILE"
    assert {*mwa.split(), *ltfsee.split()} == {*BECOMES, *NOT_NEEDED}


def test_an_environment_file_becomes_settings():
    made = as_toml(
        """
        # of the old host
        export SCOUT_STAGE_URL='https://scout:8080/v1/request/batchstage'
        export SCOUT_API_USER=mwa
        SCOUT_API_PASSWORD="a # \\"secret"
        KAFKA_SERVER=k1:9093,k2:9093
        KAFKA_TOPIC=staging
        RESULT_USERNAME=asvo
        RESULT_PASSWORD=x
        JOB_EXPIRY_TIME=691200   # as its README
        REPORT_EXPIREDAYS=30
        CACHE_DEFAULT_TIMEOUT=300
        DBNAME=mwa
        SOMETHING=else
        """
    )
    found = tomllib.loads(made)
    assert found["backends"]["scout"]["urls"] == ["https://scout:8080"]
    assert found["backends"]["scout"]["password"] == 'a # "secret'
    assert found["backends"]["scout"]["kafka"] == {
        "servers": ["k1:9093", "k2:9093"],
        "topic": "staging",
    }
    assert found["dialects"]["mwa_staging"]["job_lifetime_s"] == 691_200
    assert found["notify"]["credentials"]["mwa_staging"] == {
        "hosts": [],
        "name": "asvo",
        "password": "x",
    }
    assert found["stores"]["mwa"]["backend"] == "scout"
    for name in ("CACHE_DEFAULT_TIMEOUT", "DBNAME", "SOMETHING"):
        assert f"# {name}: " in made


@pytest.mark.parametrize("text", ["just words", "A='open", "JOB_EXPIRY_TIME=soon"])
def test_an_environment_file_that_cannot_be_read_is_said_so(text):
    with pytest.raises(MalformedError):
        as_toml(text)


def test_the_settings_that_come_out_are_good(tmp_path, monkeypatch):
    from waystation.settings import Settings  # noqa: PLC0415 - read with another environment

    lines = {
        "SCOUT_STAGE_URL": "https://scout:8080/v1",
        "SCOUT_API_USER": "mwa",
        "SCOUT_API_PASSWORD": "x",
        "KAFKA_SERVER": "k1:9093",
        "KAFKA_TOPIC": "t",
        "RESULT_USERNAME": "asvo",
        "RESULT_PASSWORD": "x",
        "REPORT_EXPIREDAYS": "30",
        "FILE_RESTAGE_INTERVAL": "21600",
        "AUTH_KEY": "k",
        "LOGLEVEL": "warn",
        "LTFSEE_LIB": "lib1,lib2",
    }
    file = tmp_path / "waystation.toml"
    file.write_text(as_toml("\n".join(f"{k}={v}" for k, v in lines.items())))
    monkeypatch.setenv("WAYSTATION_CONFIG", str(file))
    found = Settings()
    assert found.dialects.mwa_staging.at == ("127.0.0.1", 8000)
    assert found.dialects.ltfsee_globus.account == "globus"
    assert found.log.level == "WARNING"
