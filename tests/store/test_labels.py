from __future__ import annotations

from support.rows import DAY, NOW, TOPIC, add, article_of, entry, poll, read

from monitor.store import labels

ONE, TWO = entry(1).link, entry(2).link


def test_the_last_word_counts(database):
    database.call(poll, database.call(add), entry(1))
    article = database.read(article_of, ONE)

    database.call(labels.set_label, article, TOPIC, True, NOW)
    database.call(labels.set_label, article, TOPIC, False, NOW + DAY)

    (label,) = database.read(labels.labels_of, article)
    assert (label.relevant, label.at, label.source) == (False, NOW + DAY, "command")
    assert database.call(labels.drop_label, article, TOPIC) is True
    assert database.call(labels.drop_label, article, TOPIC) is False


def test_labelled_articles_come_with_the_text_that_would_be_judged(database):
    database.call(poll, database.call(add), entry(1), entry(2))
    database.call(read, ONE, text="The body.", language="en")
    for url, relevant in ((ONE, True), (TWO, False)):
        database.call(labels.set_label, database.read(article_of, url), TOPIC, relevant, NOW)

    found = database.read(labels.labelled, TOPIC)

    assert [(row.title, row.text.strip(), row.relevant) for row in found] == [
        ("Story 1", "The body.", True),
        ("Story 2", "About 2.", False),
    ]
    assert found[0].language == "en"
    assert database.read(labels.labelled, "another") == []
