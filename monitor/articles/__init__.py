"""Web pages: the article in a page, what kind of page it was, which pages are the same report. All of it pure."""
