#!/bin/sh
# Runs once, when PostgreSQL's image makes its data: the role that owns the tables and migrates, and the role of the
# server, which owns nothing (`migrate up` grants it what it needs).
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set database="$POSTGRES_DB" --set migrate="$MIGRATE_PASSWORD" --set server="$SERVER_PASSWORD" <<'SQL'
create role vibes_migrate login createdb password :'migrate';
create role vibes_server login password :'server';
-- Where `migrate up` and `db restored` note which history of the database is the right one.
grant set on parameter vibes.history to vibes_migrate;
alter database :"database" owner to vibes_migrate;
SQL
