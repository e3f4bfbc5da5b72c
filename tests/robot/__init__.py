"""A robot that uses the application as people do: over HTTP, with what the pages show.

`browsing`: a visitor without a browser, who reads pages and presses their buttons. `steps`: how the
screenfuls of a step are filled. `story`: an entity, its people, the mails and the days.
"""
