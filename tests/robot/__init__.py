"""A robot that uses the application as people do: over HTTP, by what stands on the pages.

`browsing`: a visitor without a browser, who reads pages and presses their buttons; `steps`: how
the screenfuls of a step are filled; `story`: an entity, its people, the mails and the days.
"""
