-- Written by tests/first_migration.py.

CREATE INDEX ix_user_names ON "user" USING gin (translate(lower(surnames || ' ' || given_names), 'áàâäãåçéèêëíìîïñóòôöõúùûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyy') gin_trgm_ops);

CREATE UNIQUE INDEX uq_log_readings ON log (entity_id, actor_id, (data #>> '{page}'), (data #>> '{day}')) WHERE kind = 'data.read';

CREATE INDEX ix_record_alternate ON record ((data #>> '{alternate,document_number}')) WHERE name = 'administrator';

CREATE INDEX ix_record_alternate_names ON record USING gin (translate(lower((data #>> '{alternate,surnames}') || ' ' || (data #>> '{alternate,given_names}')), 'áàâäãåçéèêëíìîïñóòôöõúùûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyy') gin_trgm_ops) WHERE name = 'administrator';

CREATE INDEX ix_record_authority ON record ((data #>> '{document_number}')) WHERE name = 'authority';

CREATE INDEX ix_record_authority_names ON record USING gin (translate(lower((data #>> '{surnames}') || ' ' || (data #>> '{given_names}')), 'áàâäãåçéèêëíìîïñóòôöõúùûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyy') gin_trgm_ops) WHERE name = 'authority';

CREATE INDEX ix_record_holder ON record ((data #>> '{holder,document_number}')) WHERE name = 'administrator';

CREATE INDEX ix_record_holder_names ON record USING gin (translate(lower((data #>> '{holder,surnames}') || ' ' || (data #>> '{holder,given_names}')), 'áàâäãåçéèêëíìîïñóòôöõúùûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyy') gin_trgm_ops) WHERE name = 'administrator';

CREATE INDEX ix_visit_search_text ON visit USING gin (search_text gin_trgm_ops);

CREATE INDEX ix_personnel_row_names ON personnel_row USING gin (translate(lower(surnames || ' ' || given_names), 'áàâäãåçéèêëíìîïñóòôöõúùûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyy') gin_trgm_ops);
