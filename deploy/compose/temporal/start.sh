#!/bin/sh
# The server reads its password from the environment only: it goes there from the file, and nowhere else.
set -eu

POSTGRES_PWD=$(cat /run/secrets/temporal_password)
export POSTGRES_PWD

exec /etc/temporal/entrypoint.sh
