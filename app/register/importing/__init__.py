"""Past visits: a file into rows, each row into a visit or the sentence why not, and the import.

`reading`: what is in a file. `judging`: what each row is. `applying`: the dry run and the import.
Another source of an entity (the official platform, a system of its own) is read by the same:

    export = past.read_export(content, "Reporte de visitas.xlsx")   # raises past.Unreadable
    shown = past.summary(export, entity, since)
    shown.visits, shown.complete, shown.late_observed, shown.first_on, shown.last_on
"""

from __future__ import annotations

from app.register.importing.reading import Export as Export
from app.register.importing.reading import read_export as read_export
from app.register.importing.summing import Summary as Summary
from app.register.importing.summing import namesakes as namesakes
from app.register.importing.summing import summary as summary
from forms.fields.tables import Unreadable as Unreadable
