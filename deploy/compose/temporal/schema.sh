#!/bin/sh
# Makes the tables of Temporal, or brings them to this version. Run again, it does nothing.
set -eu

SQL_PASSWORD=$(cat /run/secrets/temporal_password)
export SQL_PASSWORD

for store in temporal temporal_visibility; do
    folder=${store#temporal_}
    set -- --plugin postgres12 --endpoint postgres --port 5432 --user temporal --database "$store"
    temporal-sql-tool "$@" setup-schema --version 0.0
    temporal-sql-tool "$@" update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$folder/versioned"
done
