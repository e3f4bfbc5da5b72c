-- Finds a public visit by any part of a word. PostgreSQL has an index for it
-- (ix_visit_search_text); SQLite has a separate table, which triggers keep up to date.
create virtual table visit_text using fts5(
    search_text, content='visit', content_rowid='rank',
    tokenize='trigram', detail=none, columnsize=0
);

create trigger visit_text_added after insert on visit when new.audience = 'public' begin
    insert into visit_text(rowid, search_text) values (new.rank, new.search_text);
end;

-- In one trigger, since SQLite does not say in which order several run.
create trigger visit_text_changed after update of rank, search_text, audience on visit begin
    insert into visit_text(visit_text, rowid, search_text)
    select 'delete', old.rank, old.search_text where old.audience = 'public';
    insert into visit_text(rowid, search_text)
    select new.rank, new.search_text where new.audience = 'public';
end;
