"""Intake: what the web gives, as values. Feeds and pages are fetched here, and feeds are parsed.

fetch.py       the HTTP client: redirects, limits, conditional requests; every answer is an `Answer`
answers.py     the way a request took and what its last reply means
transport.py   the connections under it: aiohttp's pool, certificates, name servers
guard.py       which addresses may be reached, decided where the socket is made
decode.py      bodies unpacked within a limit
polite.py      per-host slots and starts
headers.py     what an answer's headers say: waits, ages, validators
faults.py      what went wrong, as a FetchOutcome and a sentence
proxies.py     through which proxy an address is asked
credentials.py a feed's own headers, cookies and password
robots.py      what a site lets us read
discover.py    a site's address to its feeds
parse.py, cut.py, schedule.py, opml.py: bytes to a FeedDocument, when to ask again, lists of feeds (pure)

Nothing here knows the database, the settings file or the other parts.
"""
