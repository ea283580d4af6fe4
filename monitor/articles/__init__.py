"""Web pages: the article in a page, what kind of page it was, which carry the same report. All pure."""
