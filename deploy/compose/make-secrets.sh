#!/bin/sh
# Makes what is secret in ./secrets: passwords, the addresses that hold them, and the master key. What is there stays.
#   SMTP_URL='smtp://name:password@mail.example.nl:587' ./make-secrets.sh
# Compose hands the files to the containers as they are, and each container has a user of its own. So the files can be
# read, and the folder is closed: only its owner and the Docker engine come in.
set -eu
umask 077

cd "$(dirname "$0")"
mkdir -p secrets/sign-in secrets/keys
cd secrets

random() { head -c "$1" /dev/urandom; }
password() { random 24 | od -An -tx1 | tr -d ' \n'; }
keep() { # keep NAME: standard input becomes that file, unless there is one
    if [ -e "$1" ]; then cat >/dev/null; else cat >"$1.half" && mv "$1.half" "$1" && echo "Made secrets/$1."; fi
}

for name in postgres_password straat_app_password temporal_password grafana_password; do
    password | keep "$name"
done
echo "postgresql://postgres:$(cat postgres_password)@postgres/straat" | keep admin_database_url
echo "postgresql://straat_app:$(cat straat_app_password)@postgres/straat" | keep database_url
# The master key has a folder of its own: a mounted folder shows another key when it comes, a mounted file does not.
[ ! -e master_key ] || [ -e keys/master_key ] || mv master_key keys/master_key
echo "1:$(random 32 | base64)" | keep keys/master_key
[ -z "${SMTP_URL:-}" ] || echo "$SMTP_URL" | keep smtp_url
printf '%s' "${ALERT_SMTP_PASSWORD:-}" | keep alert_smtp_password

chmod 0444 ./*_* keys/*
chmod 0755 sign-in keys
[ -e smtp_url ] || { echo "secrets/smtp_url is missing: give SMTP_URL." >&2; exit 1; }
[ -e temporal_ui_users ] || echo "secrets/temporal_ui_users is still to be made: docs/install.md says how."
echo "Keep a copy of secrets/keys/master_key apart from every backup: without it nobody's details can be read again."
