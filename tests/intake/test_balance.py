"""Balance: broken markup becomes the XML that was meant, crowded markup is told and thinned."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.intake.balance import Check, mended
from monitor.intake.mend import prepared, rooted


def mend(text: str) -> str:
    return mended(prepared(text, {}))[0]


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("<r><a>x", "<r><a>x</a></r>"),
        ("<r><a>x</a></b></r>", "<r><a>x</a></r>"),
        ("<r><d>x<p>y<br>z</d><e/></r>", "<r><d>x<p>y<br />z</p></d><e /></r>"),
        ("<r><item>1<item>2</item></r>", "<r><item>1</item><item>2</item></r>"),
        ("<r a=1 b='2' b=3 c>x</r>", '<r a="1" b="2">x</r>'),
        ("<r>a < b <c</r>", "<r>a &lt; b &lt;c</r>"),
        ("<r><T>x</t></r>", "<r><T>x</T></r>"),
        ("<r><![CDATA[a < b", "<r>a &lt; b</r>"),
        ("<r>a]]>b<?x?><!y></r>tail", "<r>a]]&gt;b</r>"),
        ("<r><a>x</a><b", "<r><a>x</a></r>"),
        ("<r><a:>x</a:><b:c:d/></r>", "<r><a_>x</a_><b_c_d/></r>"),
        ("<r xmlns:p='' xmlns:xml='u' xmlns:q='u'>x</b></r>", "<r xmlns:q='u'>x</r>"),
    ],
)
def test_broken_tags_are_balanced(broken: str, whole: str) -> None:
    assert ElementTree.canonicalize(mend(broken)) == ElementTree.canonicalize(whole)


def test_undeclared_prefixes_are_declared() -> None:
    root = ElementTree.fromstring(mend("<rss><dc:creator x:y='1'>a</dc:creator></rss>"))

    assert root[0].tag == "{http://purl.org/dc/elements/1.1/}creator"


def test_a_missing_end_is_told_from_other_faults() -> None:
    assert mended("<r><a>x")[1] is True
    assert mended("<r><a>x</r>")[1] is False


@given(st.text(alphabet="<>/=\"'ab:itemrs &;!-[]CDATA?#x\x00", max_size=200))
def test_whatever_comes_becomes_well_formed_or_nothing(text: str) -> None:
    _, rest = rooted(text)
    xml = mend(rest)

    if xml:
        ElementTree.fromstring(xml)


@pytest.mark.parametrize(
    "crowded",
    [
        pytest.param("<r " + " ".join(f'a{n}="1"' for n in range(2000)) + "/>", id="attributes"),
        pytest.param("<r><author>" + "a.&amp;" * 20_000 + "</author></r>", id="a long name"),
        pytest.param("<r><author>" + "<b>a.</b>" * 20_000 + "</author></r>", id="a long name in pieces"),
        pytest.param("<r><item>" + "<category>c</category>" * 2000 + "</item></r>", id="categories"),
    ],
)
def test_what_would_take_quadratic_time_is_told_and_thinned(crowded: str) -> None:
    before, after = Check(), Check()

    assert before.fault(crowded) is None
    assert before.crowded
    assert after.fault(mended(crowded)[0]) is None
    assert not after.crowded


def test_an_honest_document_is_not_crowded() -> None:
    honest = Check()

    assert (
        honest.fault("<r><item><category>c</category><author>A</author>" + "a = b " * 9000 + "</item></r>")
        is None
    )
    assert not honest.crowded
