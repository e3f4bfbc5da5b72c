"""Import of past visits: a file into rows, each row into a visit or the reason why not.

`reading` reads the rows, `judging` judges each one, `applying` has the dry run and the import. The
export of another source (the official platform, the entity's own system) is read in the same way:

    export = importing.read_export(content, "Reporte de visitas.xlsx")  # raises Unreadable
    counts = importing.summary(export, entity, since)
    counts.visits, counts.complete, counts.late_observed, counts.first_on, counts.last_on
"""

from __future__ import annotations

from app.register.importing.reading import Export as Export
from app.register.importing.reading import read_export as read_export
from app.register.importing.summing import Summary as Summary
from app.register.importing.summing import namesakes as namesakes
from app.register.importing.summing import summary as summary
from forms.fields.tables import Unreadable as Unreadable
