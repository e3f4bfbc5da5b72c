"""The driver of a case that uses the application as people do: over HTTP, by what pages show.

`browsing`: a visitor without a browser, who reads pages and presses their buttons. `steps`: how the
screenfuls of a step are filled. `story`: an entity, its people, the mails and the days. `variants`:
a story whose process changes on the way, or whose papers are signed.
"""
