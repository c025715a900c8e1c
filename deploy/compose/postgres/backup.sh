#!/bin/sh
# Every night a dump of each database of Temporal, put in its place as a whole. `backup.sh once` makes one now and ends.
# A copy on the same machine is no backup: fetch them from the volume. Our own database is for `straat backup`.
set -eu

folder=${BACKUP_FOLDER:-/var/lib/postgresql}
hour=${BACKUP_HOUR:-03}
days=${BACKUP_DAYS:-14}

dump() {
    moment=$(date -u +%Y%m%dT%H%M%SZ)
    PGPASSWORD=$(cat "${SECRETS:-/run/secrets}/postgres_password")
    export PGPASSWORD
    for database in temporal temporal_visibility; do
        file=$folder/$database-$moment.dump
        # Each by its own word: inside an `if` the shell's -e is off, and half a dump must never get the name of a whole one.
        pg_dump --format=custom --file="$file.half" "$database" || return 1
        mv "$file.half" "$file" || return 1
    done
    find "$folder" -maxdepth 1 -name '*.dump' -mtime "+$days" -delete
    find "$folder" -maxdepth 1 -name '*.half' -mtime +1 -delete
    echo "Dumped at $moment."
}

[ "${1:-}" != once ] || { dump; exit; }

trap 'exit 0' TERM INT
# The first one now, so that a machine that was just made has one.
last=
while :; do
    today=$(date -u +%F)
    if [ -z "$last" ] || { [ "$last" != "$today" ] && [ "$(date -u +%H)" -ge "$hour" ]; }; then
        if dump; then last=$today; else echo "The dump failed; again in five minutes." >&2; fi
    fi
    sleep 300 &
    wait $!
done
