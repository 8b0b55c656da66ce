#!/bin/sh
# Writes what docker compose needs, readable by you alone: .env, which is .env.example without its
# secrets, and the folder secrets/ with a file for each of them, fresh ones where there are none.
# With --demo also what runs Telegram's simulator and its two shops instead of Telegram.
#
# It may be run again, and ops/update.sh does: secrets that .env still has become files, and a file
# that has something in it stays as it is. ClickHouse's file is made anew from those passwords. What
# .env was before the first secret was moved out of it is kept as .env.before-secrets. Secrets that
# .env lacks are taken from the environment, if they are set there.
set -eu
cd "$(dirname "$0")/.."
clickhouse="clickhouse_password clickhouse_schema_password clickhouse_panel_password clickhouse_analyst_password"
made="secret_keys postgres_password $clickhouse" # without them nothing runs
given="telegram_api_hash telegram_proxy operator_bot_token" # empty: not set

stop() { echo "make-env: $*" >&2; exit 1; }
random() { head -c "$1" /dev/urandom | base64 | tr -d '\n'; }
password() { random 24 | tr '+/' '-_'; }
variable() { echo "VITRINA_$1" | tr '[:lower:]' '[:upper:]'; }
value() { # variable, file: as Compose reads it
    sed -nE "s/^(export +)?$1=//p" "$2" | tail -n 1 | sed -E \
        -e 's/^[[:space:]]+(#.*)?//; t trimmed' -e ':trimmed' \
        -e "s/^'([^']*)'.*/\\1/; t" \
        -e 's/^"([^"]*)".*/\1/; t' \
        -e 's/[[:space:]]+#.*$//; s/[[:space:]]+$//'
}

umask 077
trap 'rm -f .env.new' EXIT
[ ! -e .env ] || [ "${1:-}" != --demo ] || stop ".env is there already: --demo writes a new one only"
is_known= # whether the secrets have been made before
[ ! -e .env ] || is_known=$(value VITRINA_SECRETS .env)
is_older= # an .env that was there before this script
if [ -e .env ]; then
    [ -n "$is_known" ] || is_older=1
    cp .env .env.new
else
    sed -e "s|^VITRINA_LOG_FORMAT=.*|VITRINA_LOG_FORMAT=json|" .env.example >.env.new
    cat >>.env.new <<EOF

# --- docker compose -------------------------------------------------------------------------------
# Here the addresses of the stores and of the API above are not used: docker-compose.yml has its own.
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
fi
folder=${is_known:-./secrets}
[ -n "$is_known" ] || [ ! -s "$folder/vitrina_secret_keys" ] || [ -e .env ] ||
    stop "$folder has secrets, and there is no .env to which they belong: put it back, or move them away"

# Others of this machine may not enter the folder. Its files are mounted one by one, and read by the
# containers' users, of which each store has its own: so they are not for their owner alone.
mkdir -p "$folder"
chmod 700 "$folder"
for name in $made $given; do
    file=$folder/vitrina_$name
    found=$(value "$(variable "$name")" .env.new)
    if [ -s "$file" ]; then
        [ -z "$found" ] || [ "$found" = "$(cat "$file")" ] ||
            stop "$(variable "$name") in .env is not what $file has: remove one of them"
        continue
    fi
    found=${found:-$(printenv "$(variable "$name")" || true)}
    case " $made " in
        *" $name "*)
            [ -z "$is_known$found" ] || [ -n "$found" ] ||
                stop "$file is missing or empty: put it back, a new one does not open what is stored"
            case $name in
                secret_keys | postgres_password)
                    [ -z "$is_older" ] || [ -n "$found" ] ||
                        stop "$(variable "$name") is neither in .env nor in the environment, and a new one does not open what is stored: write it into .env, or move .env away if nothing is stored yet"
                    ;;
            esac
            [ "$name" != secret_keys ] || found=${found:-1:$(random 32)}
            found=${found:-$(password)}
            ;;
    esac
    printf %s "$found" >"$file" # the same file: containers have it mounted
done
{
    echo "<!-- Made by ops/make-env.sh of the files beside it. ClickHouse knows digests only. -->"
    echo "<clickhouse><users>"
    for name in $clickhouse; do
        user=${name#clickhouse_}
        user=${user%password}
        user=${user%_}
        digest=$(printf %s "$(cat "$folder/vitrina_$name")" | sha256sum)
        echo "<${user:=vitrina}><password remove=\"remove\"/><password_sha256_hex>${digest%% *}</password_sha256_hex></$user>"
    done
    echo "</users></clickhouse>"
} >"$folder/clickhouse_users.xml"
chmod 644 "$folder"/vitrina_* "$folder/clickhouse_users.xml"

if [ -n "$is_older" ] && [ ! -e .env.before-secrets ]; then
    cp .env .env.before-secrets
fi
for name in $made $given; do # where to look for it
    sed -i -E "s|^(export +)?$(variable "$name")=.*|# $(variable "$name") is in $folder/vitrina_$name|" .env.new
done
sed -i '$a\' .env.new # the last line may have no end
[ -n "$is_known" ] || cat >>.env.new <<EOF
# Where the secrets are, each in a file called like its variable: ops/make-env.sh
VITRINA_SECRETS=$folder
EOF
if [ -L .env ]; then # it stays one
    cat .env.new >.env
else
    mv .env.new .env
fi
echo "make-env: .env and $folder are there; keep a copy of both: without the keys every bot must be connected again"
