-- The functions of the owner on PostgreSQL: the only way in which the application changes
-- protected rows. They are created anew after each migration. No column has the name of an argument.

-- Remove personal data and free text from rows, and log it. Each of a_rows has a table, a row,
-- fields, and the change of its leaf in the chain of hashes. Other fields are refused.
create or replace function exit_suppress(
    a_rows json, a_reason text, a_actor integer, a_entity integer, a_at timestamptz
) returns json language plpgsql security definer as $exit$
declare
    a_row json;
    a_key bigint;
    a_fields text[];
    a_named text[];
    a_allowed text[];
    a_count integer;
    a_rows_named jsonb := '[]';
begin
    for a_row in select json_array_elements(a_rows) loop
        a_key := (a_row ->> 'row')::bigint;
        a_fields := array(select json_array_elements_text(a_row -> 'fields'));
        a_named := a_fields;
        if json_typeof(a_row -> 'leaf') = 'object' then
            a_named := a_named || array(select json_object_keys(a_row #> '{leaf,suppressed}'));
        end if;
        a_allowed := case a_row ->> 'table'
            when 'log' then array['data.*']
            when 'visit_subject' then array['data.*']
            when 'visit_version' then array['reason']
            when 'interest_act' then array[
                'reason', 'actor_name', 'document_type', 'document_number', 'visitor_key',
                'third_name', 'third_ruc', 'decision_sought', 'matter', 'documents', 'place',
                'search_text'
            ]
        end;
        if exists (
            select from unnest(a_named) a_name
            where a_name <> all(a_allowed)
            and not (starts_with(a_name, 'data.') and 'data.*' = any(a_allowed))
        ) then
            raise exception 'a field has to stay';
        end if;
        case a_row ->> 'table'
            when 'log' then
                update log set data = coalesce(
                    (select json_object_agg(key, value) from json_each(data)
                     where 'data.' || key <> all(a_fields)), '{}'
                ) where id = a_key and kind = 'visit.unmasked';
            when 'visit_subject' then
                update visit_subject set data = coalesce(
                    (select json_object_agg(key, value) from json_each(data)
                     where 'data.' || key <> all(a_fields)), '{}'
                ) where version_id = a_key;
            when 'visit_version' then
                update visit_version set
                    reason = case when 'reason' = any(a_fields) then '' else reason end
                where id = a_key;
            when 'interest_act' then
                update interest_act set
                    reason = case when 'reason' = any(a_fields) then '' else reason end,
                    actor_name = case when 'actor_name' = any(a_fields)
                        then '' else actor_name end,
                    document_type = case when 'document_type' = any(a_fields)
                        then '' else document_type end,
                    document_number = case when 'document_number' = any(a_fields)
                        then '' else document_number end,
                    visitor_key = case when 'visitor_key' = any(a_fields)
                        then '' else visitor_key end,
                    third_name = case when 'third_name' = any(a_fields)
                        then '' else third_name end,
                    third_ruc = case when 'third_ruc' = any(a_fields) then '' else third_ruc end,
                    decision_sought = case when 'decision_sought' = any(a_fields)
                        then '' else decision_sought end,
                    matter = case when 'matter' = any(a_fields) then '' else matter end,
                    documents = case when 'documents' = any(a_fields) then '' else documents end,
                    place = case when 'place' = any(a_fields) then '' else place end,
                    search_text = case when 'search_text' = any(a_fields)
                        then '' else search_text end
                where id = a_key;
            else raise exception 'no such row';
        end case;
        get diagnostics a_count = row_count;
        if a_count <> 1 then
            raise exception 'no such row';
        end if;
        a_rows_named := a_rows_named || jsonb_build_object(
            'table', a_row -> 'table', 'row', a_row -> 'row', 'fields', a_row -> 'fields'
        );
        if json_typeof(a_row -> 'leaf') = 'object' then
            update chain_leaf set
                salt = null,
                salts = a_row #> '{leaf,salts}',
                suppressed = a_row #> '{leaf,suppressed}'
            where table_name = a_row ->> 'table' and row_id = a_row ->> 'row';
        end if;
    end loop;
    insert into log (at, kind, actor_id, entity_id, data) values (
        a_at, 'protection.suppressed', a_actor, a_entity,
        json_build_object('rows', a_rows_named, 'reason', a_reason)
    );
    return null;
end
$exit$;

-- They run with the owner's rights, so they find names only in the schema of the tables. Nobody
-- else may execute them until the application's role gets its rights.
do $own$
declare
    a_function regprocedure;
begin
    foreach a_function in array array[
        'exit_suppress(json, text, integer, integer, timestamptz)'
    ]::regprocedure[] loop
        execute format(
            'alter function %s set search_path = %I, pg_temp', a_function, current_schema()
        );
        execute format('revoke all on function %s from public', a_function);
    end loop;
end
$own$;
