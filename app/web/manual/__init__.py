"""The manual, which is the help of the application: `docs/manual`, as its pages show it.

`reading`: from Markdown to chapters and sections; `finding`: by words; `pages`: for everyone.
"""

from app.web.manual.pages import init_app
from app.web.manual.reading import FOLDER, Chapter, Manual, Section, read, the_manual

__all__ = ["FOLDER", "Chapter", "Manual", "Section", "init_app", "read", "the_manual"]
