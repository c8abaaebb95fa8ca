"""Job descriptions of both languages: what is read, what is refused, what it becomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.domains.jobs.door import Input
from waystation.domains.jobs.states import JobState
from waystation.interfaces.dialects.act import translate, xrsl
from waystation.interfaces.dialects.act.description import Place, RefusedError, wish

PLACE = Place("ana", "act/7", {"https://here/dav/lab/a.fits": "lab/a.fits"}.get)

WHOLE = """
& (* everything that a job here can do *)
  (executable = "run.sh") (arguments = "a" 'b "c"' "d""e" f-1)
  (jobName = "n") (Input_Files = ("run.sh" "") (x https://here/dav/lab/a.fits) ("s" "file:/s"))
  (outputFiles = ("o.txt" "") ("d/" "")) (stdin = s) (stdout = out) (stderr = err)
  (environment = ("A" "1") ("B" "2")) (count = 4) (wallTime = "1 hour 30 minutes")
  (memory = 500) (queue = q) (project = p) (priority = 100) (rerun = 2) (gmlog = log) (disk = 5)
"""

ADL = """<?xml version="1.0"?>
<ActivityDescription xmlns="http://www.eu-emi.eu/es/2010/12/adl"
    xmlns:n="http://www.nordugrid.org/es/2011/12/nordugrid-adl">
 <ActivityIdentification><Name>n</Name></ActivityIdentification>
 <Application>
  <Executable><Path>run.sh</Path><Argument>a</Argument><Argument>b "c"</Argument>
   <Argument>d"e</Argument><Argument>f-1</Argument></Executable>
  <Input>s</Input><Output>out</Output><Error>err</Error>
  <Environment><Name>A</Name><Value>1</Value></Environment>
  <Environment><Name>B</Name><Value>2</Value></Environment>
  <n:Priority>100</n:Priority><n:Rerun>2</n:Rerun><n:LoggingDirectory>log</n:LoggingDirectory>
 </Application>
 <Resources>
  <SlotRequirement><NumberOfSlots>4</NumberOfSlots></SlotRequirement>
  <WallTime>5400</WallTime><IndividualPhysicalMemory>524288000</IndividualPhysicalMemory>
  <QueueName>q</QueueName>
 </Resources>
 <DataStaging><ClientDataPush>true</ClientDataPush>
  <InputFile><Name>run.sh</Name><IsExecutable>true</IsExecutable></InputFile>
  <InputFile><Name>x</Name><Source><URI>https://here/dav/lab/a.fits</URI></Source></InputFile>
  <InputFile><Name>s</Name><Source><URI>file:/s</URI></Source></InputFile>
  <OutputFile><Name>o.txt</Name></OutputFile><OutputFile><Name>d/</Name></OutputFile>
 </DataStaging>
</ActivityDescription>"""


def test_both_languages_say_the_same():
    one, other = (wish(translate.described(text), PLACE, ["here"], "k") for text in (WHOLE, ADL))
    assert one.command == (
        *("/bin/sh", "-c", 'chmod u+x -- run.sh && exec "$@" < s', "sh", "./run.sh"),
        *("a", 'b "c"', 'd"e', "f-1"),
    )
    assert one.inputs == (
        Input("ana", "", "act/7/in/run.sh", "run.sh"),
        Input("ana", "", "act/7/in/s", "s"),
        Input("lab", "", "a.fits", "x"),
    )
    assert one.outputs == ("o.txt", "d/**", "stdout", "stderr")
    assert (one.resources.cpus, one.resources.time_s) == (4, 5400)
    assert one.resources.memory == 4 * 500 * 2**20
    assert (one.priority, one.attempts, one.queue, one.project) == (9, 3, "q", "p")
    assert one.environment == {"A": "1", "B": "2"}
    assert (other.command, other.inputs, other.outputs) == (one.command, one.inputs, one.outputs)
    assert (other.resources, other.priority, other.attempts) == (
        (one.resources, one.priority, one.attempts)
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("+(&(executable=a))(&(executable=b))", "several jobs"),
        ("&(executable=/bin/a", "not closed"),
        ("&(executable=/bin/a)(executable=/bin/b)", "twice"),
        ("&(executable=/bin/a)(nothing=1)", "'nothing'"),
        ("&(executable=/bin/a)(notify='b a@b')", "'notify'"),
        ("&(executable=/bin/a)(count>4)", "(name=values)"),
        ("&(executable=/bin/a)(count=x)", "whole number"),
        ("&(executable=/bin/a)(walltime=soon)", "no time"),
        ("&(executable=/bin/a)(dryrun=yes)", "'dryrun'"),
        ("&(arguments=a)", "no executable"),
        ("&(executable=/bin/a)(inputfiles=(x https://elsewhere/x))", "elsewhere"),
        ("&(executable=/bin/a)(inputfiles=(../x ''))", "no name of a file"),
        ("&(executable=/bin/a)(outputfiles=(x gsiftp://elsewhere/x))", "elsewhere"),
        ("&(executable=/bin/a)(outputfiles=(@list ''))", "@list"),
        ("<a/>", "ActivityDescription"),
        ("<ActivityDescription><Application><Nothing/></Application></ActivityDescription>",
         "'Nothing'"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "not plain XML"),
        ("<ActivityDescription", "Invalid job description"),
    ],
)  # fmt: skip
def test_what_cannot_be_honoured_is_refused_in_words(text, words):
    with pytest.raises(RefusedError, match=words.replace("(", r"\(").replace(")", r"\)")):
        wish(translate.described(text), PLACE, [], "k")


@given(st.lists(st.text(min_size=1, max_size=30).filter(lambda t: "\0" not in t), max_size=5))
def test_any_words_come_through_as_the_client_writes_them(words):
    quoted = [f"'{w}'" if '"' in w else f'"{w}"' for w in words if not {'"', "'"} <= set(w)]
    asked = [w for w in words if not {'"', "'"} <= set(w)]
    try:
        made = xrsl.read(f'&(executable="/bin/a")(arguments={" ".join(quoted)})')
    except RefusedError:
        assert any("(*" in w for w in asked)  # a comment begins in it, for the old parser too
        return
    if not any("(*" in w for w in asked):
        assert list(made.arguments) == asked


def test_a_plain_program_needs_no_shell():
    made = wish(translate.described("(executable=/bin/echo)"), PLACE, [], "k")
    assert made.command == ("/bin/echo",)
    assert (made.outputs, made.space) == ((), "")


def test_joined_streams_are_one_file():
    text = "&(executable=/bin/a)(stdout=o)(stderr=e)(join=yes)(outputfiles=(/ ''))"
    made = wish(translate.described(text), PLACE, [], "k")
    assert made.command == ("/bin/sh", "-c", 'exec "$@" 2>&1', "sh", "/bin/a")
    assert made.outputs == ("**",)


def test_every_state_of_ours_has_its_name_there():
    assert {each.name.lower() for each in JobState} == translate.STATES.keys()
    known = (
        "tosubmit submitting submitted running finishing tocancel cancelling cancelled finished "
        "failed tofetch torerun toresubmit done donefailed lost toclean holding"
    )
    assert set(translate.STATES.values()) <= set(known.split())
    reached = {*translate.STATES.values(), "donefailed", "cancelling", "holding", None}
    assert reached >= translate.CLEANED | translate.KILLED | translate.KEPT


def test_numbers_of_jobs():
    assert translate.numbers("1,3-5,9") == [1, 3, 4, 5, 9]
    assert translate.numbers("") == []
    with pytest.raises(ValueError, match="more than"):
        translate.numbers("1-999999999999")
