#!/bin/sh
# Writes .env for docker compose: .env.example with fresh secrets filled in, readable by you alone.
# With --demo also what runs Telegram's simulator and its two shops instead of Telegram.
set -eu
cd "$(dirname "$0")/.."
if [ -e .env ]; then
    echo "make-env: .env is there already; its secrets open what is stored, so it stays as it is" >&2
    exit 1
fi
random() { head -c "$1" /dev/urandom | base64 | tr -d '\n'; }
password() { random 24 | tr '+/' '-_'; } # goes into URLs
umask 077
sed -e "s|^VITRINA_SECRET_KEYS=.*|VITRINA_SECRET_KEYS=1:$(random 32)|" \
    -e "s|^VITRINA_LOG_FORMAT=.*|VITRINA_LOG_FORMAT=json|" .env.example >.env.new
cat >>.env.new <<EOF

# --- docker compose -------------------------------------------------------------------------------
# Here the addresses of the stores and of the API above are not used: docker-compose.yml has its own.
VITRINA_POSTGRES_PASSWORD=$(password)
VITRINA_CLICKHOUSE_PASSWORD=$(password)
VITRINA_CLICKHOUSE_SCHEMA_PASSWORD=$(password)
VITRINA_CLICKHOUSE_PANEL_PASSWORD=$(password)
VITRINA_CLICKHOUSE_ANALYST_PASSWORD=$(password)
# Where the panel and Dagster's page (127.0.0.1 only) are found on this machine.
VITRINA_LISTEN=127.0.0.1:8080
VITRINA_DAGSTER_PORT=3000
EOF
if [ "${1:-}" = --demo ]; then
    key=/var/lib/vitrina/simulator/server_key.pub.pem
    sed -i -e "s|^VITRINA_TELEGRAM_SERVER=.*|VITRINA_TELEGRAM_SERVER=simulator:4430|" \
        -e "s|^VITRINA_TELEGRAM_SERVER_KEY=.*|VITRINA_TELEGRAM_SERVER_KEY=$key|" .env.new
    echo "COMPOSE_PROFILES=demo" >>.env.new
fi
mv .env.new .env
echo "make-env: .env is written; keep it: without its keys every bot must be connected again"
