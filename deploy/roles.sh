#!/bin/sh
# The two roles of the database (docs/operations.md, *Two roles*), made by the image of PostgreSQL
# when its volume is empty. Passwords come from the environment, so that no command line shows them.
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" \
  --dbname "$POSTGRES_DB" <<'SQL'
\getenv owner OWNER_PASSWORD
\getenv application APPLICATION_PASSWORD
create role zaguan_owner login password :'owner';
create role zaguan login password :'application';
alter database :"DBNAME" owner to zaguan_owner;
SQL
