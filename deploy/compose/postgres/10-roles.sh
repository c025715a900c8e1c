#!/bin/sh
# Runs once, when the database server is made: a role and a database for us, and one role with two databases for
# Temporal. Nobody may enter a database of somebody else.
set -eu

secrets=${SECRETS:-/run/secrets}

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    --set app_password="$(cat "$secrets/straat_app_password")" \
    --set temporal_password="$(cat "$secrets/temporal_password")" <<'SQL'
create role straat_app login password :'app_password';
create role temporal login password :'temporal_password';

create database straat;
create database temporal owner temporal;
create database temporal_visibility owner temporal;

revoke connect, temporary on database straat, temporal, temporal_visibility, postgres, template1 from public;
grant connect on database straat to straat_app;
SQL
