"""The manual, which is the help of the application: `docs/manual`, as its pages show it.

`reading`: from Markdown to chapters and sections; `search`: by words; `pages`: for everyone.
"""

from app.web.manual.pages import init_app as init_app
from app.web.manual.reading import Manual as Manual
from app.web.manual.reading import read as read
from app.web.manual.reading import the_manual as the_manual
