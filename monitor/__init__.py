"""A news monitor: pulls feeds, reads articles, flags what matters for a topic, and mails each story once."""
