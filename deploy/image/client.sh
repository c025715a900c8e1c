#!/bin/sh
# Takes pg_dump and pg_restore out of PostgreSQL's own image, with the libraries that they load, into a folder:
#   client.sh /usr/lib/postgresql/18/bin /opt/postgresql
# What every Debian has (the C library) stays where it is.
set -eu

programs=$1 folder=$2
mkdir -p "$folder/bin" "$folder/lib"
for name in pg_dump pg_restore; do
    cp --dereference "$programs/$name" "$folder/bin/$name"
    ldd "$programs/$name" | sed -n 's|.* => \(/[^ ]*\) (.*|\1|p'
done | sort -u | while read -r library; do
    case ${library##*/} in
        libc.so.* | libm.so.* | libdl.so.* | librt.so.* | libpthread.so.* | libresolv.so.* | ld-linux*) ;;
        *) cp --dereference "$library" "$folder/lib/${library##*/}" ;;
    esac
done
