#!/bin/sh
# ops/update.sh [--built] [WORKERS]: builds the images, and the running system goes over to them, one
# service after the other; nothing is refused meanwhile (docs/install.md, "Updating"). --built: they
# are there already. WORKERS: how many there are to be afterwards; as many as before if it is left
# out. After a run that stopped midway it begins anew.
#
# Secrets that somebody has written into .env are moved to where containers read them.
# The stores are brought to the new schema first, with which the version that runs gets on: so a
# migration only adds, and what is not needed any more goes one version later.
set -eu
cd "$(dirname "$0")/.."
patience=${VITRINA_UPDATE_SECONDS:-1200} # for one container to get healthy

say() { echo "update: $*" >&2; }
containers() { docker compose --profile '*' ps --quiet "$1"; }

before() { # service: how many there are of the version of which most are
    # After a run that stopped there are old ones and new ones: all of one of the two at least.
    for each in $(containers "$1"); do
        docker inspect --format \
            '{{.Image}} {{index .Config.Labels "com.docker.compose.config-hash"}}' "$each"
    done | sort | uniq -c | sort -rn | awk 'NR == 1 {print $1}'
}

wait_for() { # container
    end=$(($(date +%s) + patience))
    while :; do
        case $(docker inspect --format '{{.State.Status}} {{.State.Health.Status}}' "$1") in
            'running healthy') return ;;
            running*) ;;
            *) say "$1 has ended: docker logs $1"; return 1 ;;
        esac
        [ "$(date +%s)" -lt "$end" ] || { say "$1 is not healthy after $patience s"; return 1; }
        sleep 1
    done
}

replace() { # service, how many afterwards
    docker compose rm --force "$1" # what has ended: it would be started again, and counted
    old=$(containers "$1")
    running=$(echo "$old" | grep -c . || true)
    say "$1: $2 new beside $running"
    docker compose up --detach --no-deps --no-recreate --scale "$1=$((running + $2))" "$1"
    for each in $(containers "$1"); do
        case $old in *"$each"*) ;; *) wait_for "$each" ;; esac
    done
    asker=
    case $1 in api | intake) asker=$(containers nginx) ;; esac
    for each in $old; do # one after the other: each hands over what it has
        docker stop "$each" >/dev/null
        # Nginx knows its address for some seconds more, and a call would wait there for nobody: at
        # once it looks again who there is.
        [ -z "$asker" ] || docker kill --signal HUP "$asker" >/dev/null
        docker rm "$each" >/dev/null
    done
}

[ ! -e .env ] || ops/make-env.sh >&2
is_built=
[ "${1:-}" != --built ] || { is_built=1; shift; }
if [ -z "$is_built" ]; then # each image is labelled with the commit
    : "${VITRINA_REVISION:=$(git describe --always --exclude '*' --abbrev=40 --dirty || echo unknown)}"
    export VITRINA_REVISION
    docker compose --profile '*' build
fi
# Without what it depends on: a store whose definition is a new one would be made anew.
docker compose run --rm --no-deps migrate
workers=${1:-$(before worker)}
replace shipper 1
replace worker "${workers:-1}"
replace api 1
docker compose exec nginx nginx -s reload # its rules are of the addresses that this API has
replace intake 1
# Runs that are under way end with their container, and start again by their schedule. Stores and
# Nginx stay: a new image of theirs is a matter of its own.
docker compose up --detach --wait --no-deps dagster-code
docker compose up --detach --wait --no-deps dagster-daemon dagster-webserver
docker compose exec nginx nginx -s reload
for each in prometheus alertmanager; do # their rules may be new
    [ -z "$(containers "$each")" ] || docker compose --profile '*' kill --signal HUP "$each"
done
say "done; docker compose ps shows what runs"
