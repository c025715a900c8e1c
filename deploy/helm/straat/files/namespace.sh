#!/bin/sh
# The namespace and the search attributes of our workflows. Run again, it adds what is missing and says what differs.
# It reads TEMPORAL_ADDRESS and the rest of Temporal's own environment, so it prepares a namespace anywhere.
set -eu

: "${TEMPORAL_ADDRESS:?is missing}" "${TEMPORAL_NAMESPACE:=default}"
export TEMPORAL_NAMESPACE
tries=60

until temporal operator cluster health --command-timeout 5s >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "Temporal at $TEMPORAL_ADDRESS does not answer." >&2; exit 1; }
    sleep 2
done

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "${TEMPORAL_RETENTION:-30d}"

# A new namespace takes some seconds to reach every part of the server.
until temporal operator search-attribute list >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "The namespace $TEMPORAL_NAMESPACE does not come." >&2; exit 1; }
    sleep 1
done

for attribute in Municipality:Keyword Wijk:Keyword Phase:Keyword Due:Datetime; do
    name=${attribute%:*} kind=${attribute#*:}
    if temporal operator search-attribute list | grep -Eq "^ *$name +$kind *$"; then
        echo "$name is there."
    else
        temporal operator search-attribute create --name "$name" --type "$kind"
    fi
done
