"""The figures against values that can be checked by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.relevance.evaluate import at, average_precision, figures, steps, stories_a_day

SCORED = [(0.9, True), (0.8, False), (0.7, True), (0.1, False)]


def test_average_precision_of_a_known_ranking():
    # 1/2 * 1/1 + 1/2 * 2/3
    assert average_precision(SCORED) == pytest.approx(0.8333333)


def test_equal_scores_are_one_step_whatever_their_order():
    tied = [(0.5, True), (0.5, False), (0.2, True)]

    assert (
        average_precision(tied) == average_precision(tied[::-1]) == pytest.approx(0.5 * 1 / 2 + 0.5 * 2 / 3)
    )


def test_a_perfect_ranking_has_average_precision_one_and_its_reverse_has_less():
    perfect = [(0.9, True), (0.8, True), (0.2, False)]

    assert average_precision(perfect) == 1.0
    assert average_precision([(1 - score, label) for score, label in perfect]) < 1.0


def test_a_score_equal_to_the_threshold_is_flagged():
    row = at(SCORED, 0.7)

    assert (row.flagged, row.precision, row.recall) == (3, pytest.approx(2 / 3), 1.0)
    assert row.f1 == pytest.approx(0.8)


def test_the_threshold_for_a_wanted_precision_gives_the_most_recall():
    found = figures([(0.9, True), (0.8, True), (0.7, False), (0.6, True)], wanted=0.9)

    assert (found.threshold_for_precision, found.recall_at_precision) == (0.8, pytest.approx(2 / 3))


def test_a_precision_that_is_never_reached_has_no_threshold():
    found = figures([(0.9, False), (0.8, True)])

    assert (found.threshold_for_precision, found.recall_at_precision) == (None, 0.0)


def test_the_table_has_a_row_for_each_distinct_score():
    assert [row.threshold for row in figures(SCORED).table] == [0.1, 0.7, 0.8, 0.9]


def test_even_steps_run_from_nothing_to_everything():
    rows = steps(SCORED)

    assert [rows[0].threshold, rows[-1].threshold, len(rows)] == [0.0, 1.0, 21]
    assert (rows[0].recall, rows[-1].flagged, rows[-1].precision) == (1.0, 0, 1.0)


def test_stories_a_day_count_what_reaches_the_threshold():
    assert stories_a_day([0.9, 0.5, 0.4], 0.5, days=14) == pytest.approx(2 / 14)


def test_labels_without_a_relevant_text_are_refused():
    with pytest.raises(ValueError, match="nothing to measure"):
        figures([(0.4, False)])


@given(st.lists(st.tuples(st.integers(0, 10).map(lambda tenth: tenth / 10), st.booleans()), min_size=1))
def test_figures_stay_within_their_bounds(scored):
    assert 0.0 <= average_precision(scored) <= 1.0
    for row in steps(scored):
        assert 0.0 <= row.precision <= 1.0
        assert 0.0 <= row.recall <= 1.0
