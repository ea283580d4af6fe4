"""A small news world on loopback, for `monitor demo` and for tests that want the whole job.

Ten invented outlets with eleven feeds and some sixty pages, written to be as untidy as the real web: clutter
around every article, a wire text in several papers, a paywall, a consent page, addresses that moved, feeds
that fail or take their time.

- `outlets/` the texts, one folder an outlet; `clutter/` what stands around them, one file a language
- `content.py` reads both
- `pages.py` and `feeds.py` make HTML and feeds of them, with `templates/`
- `world.py` puts them at addresses, in two editions
- `server.py` serves them

To add an article, copy a file under `outlets/` and edit it; `content.Article` explains its front matter.
"""
