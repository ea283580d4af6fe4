"""Repairs: what an XML parser may be given, with the meaning that it had."""

from __future__ import annotations

import pytest

from monitor.intake.mend import first_items, prepared, rooted


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ('<?xml version="1.0"?>\n<!-- x --><r/>', "<r/>"),
        ("Warning: something failed\n<r/>", "<r/>"),
        ("<?xml?xml version='1.0' ??><r/>", "<r/>"),
        ("<!DOCTYPE r [<!ENTITY a 'b'> ]><r/>", "<r/>"),
        ("<!DOCTYPE r SYSTEM 'x'><r/>", "<r/>"),
        ("<!-- <r> --><s/>", "<s/>"),
        ("no markup", ""),
    ],
)
def test_what_stands_before_the_root_goes(text: str, rest: str) -> None:
    assert rooted(text)[1] == rest


def test_of_declared_entities_only_short_plain_ones_are_kept() -> None:
    prolog, _ = rooted(
        """<!DOCTYPE r [<!ENTITY c "(C) &#169;"><!ENTITY bomb "&c;&c;"><!ENTITY x SYSTEM "file:///x">]><r/>"""
    )

    assert prolog.entities == {"c": "(C) ©"}
    assert prolog.refused


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<r>&nbsp;&eacute;&amp;&lt;</r>", "<r>\xa0é&amp;&lt;</r>"),
        ("<r>A & B &unknown; &c;</r>", "<r>A &amp; B &amp;unknown; (C)</r>"),
        ("<r>&#147;x&#0;&#x1F600;&#11;</r>", "<r>“x�😀</r>"),
        ("<r>a\x00\x0bb</r>", "<r>ab</r>"),
        ("<r><![CDATA[A & B &nbsp;]]></r>", "<r><![CDATA[A & B &nbsp;]]></r>"),
        ("<r><!-- & -->x</r>", "<r>x</r>"),
    ],
)
def test_every_reference_becomes_one_that_xml_knows(text: str, plain: str) -> None:
    assert prepared(text, {"c": "(C)"}) == plain


def test_a_list_is_cut_at_an_item() -> None:
    assert first_items("<r><item/><item/><item/></r>", 2) == "<r><item/><item/>"
    assert first_items("<r><item/></r>", 2) == "<r><item/></r>"
