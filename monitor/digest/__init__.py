"""From flagged articles to a mail in somebody's inbox: compose, render, deliver, and when to try again."""
