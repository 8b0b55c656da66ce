# An image for each kind of service, which has only what that kind needs; which service it is says
# the command (docker-compose.yml):
#   worker · api · ingestion (shipper, intake, migrate) · pipelines · cli (every command, the demo)
# Left out of all: the embedded engines of `vitrina up`, and what only development needs.
#
# A private index: --build-arg PIP_INDEX_URL=… --build-arg NPM_CONFIG_REGISTRY=…; one with a password
# as a secret, which no layer keeps: --secret id=pip,src=pip.conf --secret id=npm,src=.npmrc
ARG PYTHON=python:3.11-slim
ARG NODE=node:22-slim

FROM ${NODE} AS dashboard
ARG NPM_CONFIG_REGISTRY
WORKDIR /build
COPY dashboard/package.json dashboard/package-lock.json dashboard/.npmrc ./
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npm,target=/root/.npmrc \
    npm ci --ignore-scripts --no-audit --no-fund
COPY dashboard/ ./
RUN npm run build

# What reads the lock, lists packages and strips them: in no image.
FROM ${PYTHON} AS tools
ARG PIP_INDEX_URL
RUN apt-get update -q && apt-get install -y -q --no-install-recommends binutils \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY requirements-tools.txt ops/requirements-sbom.txt ./
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=secret,id=pip,target=/root/.config/pip/pip.conf \
    pip install --quiet --root-user-action=ignore -r requirements-tools.txt -r requirements-sbom.txt

FROM tools AS requirements
COPY pyproject.toml poetry.lock README.md ./
# The groups of each image.
RUN poetry check --lock --quiet \
 && poetry export --quiet --only main,bots --output worker.txt \
 && poetry export --quiet --only main,api --output api.txt \
 && poetry export --quiet --only main,intake --output ingestion.txt \
 && poetry export --quiet --only main,pipelines --output pipelines.txt \
 && poetry export --quiet --only main,bots,api,intake,pipelines --output cli.txt

# What the base has of Debian, for the lists of packages.
FROM ${PYTHON} AS base
RUN dpkg-query --show --showformat '${Package}\t${Version}\t${Architecture}\n' >/debian.tsv

# The packages of each, anew only when its own list has changed. With what is compiled, for the root
# is read-only where it runs; without what only those who change a package need: its tests, its
# headers, its types, its symbols for a debugger.
FROM tools AS builder
COPY ops/image/install.sh /usr/local/bin/install-packages
COPY ops/image/bill.py ./
COPY --from=base /debian.tsv ./

FROM builder AS worker-packages
COPY --from=requirements /build/worker.txt ./
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=secret,id=pip,target=/root/.config/pip/pip.conf \
    install-packages worker
FROM builder AS api-packages
COPY --from=requirements /build/api.txt ./
COPY dashboard/package-lock.json ./
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=secret,id=pip,target=/root/.config/pip/pip.conf \
    install-packages api
FROM builder AS ingestion-packages
COPY --from=requirements /build/ingestion.txt ./
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=secret,id=pip,target=/root/.config/pip/pip.conf \
    install-packages ingestion
FROM builder AS pipelines-packages
COPY --from=requirements /build/pipelines.txt ./
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=secret,id=pip,target=/root/.config/pip/pip.conf \
    install-packages pipelines
FROM builder AS cli-packages
COPY --from=requirements /build/cli.txt ./
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=secret,id=pip,target=/root/.config/pip/pip.conf \
    install-packages cli

# What we wrote ourselves, the same in all: an update exchanges this layer.
FROM tools AS ours
COPY pyproject.toml README.md ./
COPY core core
COPY bots bots
COPY ingestion ingestion
COPY pipelines pipelines
COPY api api
COPY local local
COPY simulator simulator
COPY cli cli
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=secret,id=pip,target=/root/.config/pip/pip.conf \
    python -m venv --without-pip /opt/vitrina \
 && pip --python /opt/vitrina/bin/python install --quiet --compile --no-deps . \
 && rm -r /opt/vitrina/bin/[Aa]ctivate* /opt/vitrina/bin/python* /opt/vitrina/include \
    /opt/vitrina/lib64 /opt/vitrina/pyvenv.cfg

FROM ${PYTHON} AS running
RUN groupadd --system --gid 10001 vitrina \
 && useradd --system --uid 10001 --gid vitrina --home-dir /var/lib/vitrina --create-home vitrina \
 && install -d -o vitrina -g vitrina /var/lib/vitrina/simulator /var/lib/vitrina/dagster \
    /var/lib/vitrina/exports
ENV PATH=/opt/vitrina/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    VITRINA_LOG_FORMAT=json
WORKDIR /var/lib/vitrina
USER 10001:10001
# Behind every RUN: another commit makes no layer anew.
ARG VITRINA_VERSION=latest
ARG VITRINA_REVISION=unknown
LABEL org.opencontainers.image.title=Vitrina \
      org.opencontainers.image.description="A self-hosted platform for Telegram shops" \
      org.opencontainers.image.version=$VITRINA_VERSION \
      org.opencontainers.image.revision=$VITRINA_REVISION
ENTRYPOINT ["vitrina"]
CMD ["--help"]

FROM running AS worker
COPY --from=worker-packages /opt/vitrina /opt/vitrina
COPY --from=ours /opt/vitrina /opt/vitrina

FROM running AS api
COPY --from=api-packages /opt/vitrina /opt/vitrina
COPY --from=ours /opt/vitrina /opt/vitrina
COPY --from=dashboard /build/dist /opt/vitrina/share/dashboard
ENV VITRINA_DASHBOARD_DIR=/opt/vitrina/share/dashboard

FROM running AS ingestion
COPY --from=ingestion-packages /opt/vitrina /opt/vitrina
COPY --from=ours /opt/vitrina /opt/vitrina

FROM running AS pipelines
COPY --from=pipelines-packages /opt/vitrina /opt/vitrina
COPY --from=ours /opt/vitrina /opt/vitrina
COPY ops/dagster /opt/vitrina/share/dagster
# Threads of a training that wait for a core would spin, and take it from the bots.
ENV DAGSTER_HOME=/opt/vitrina/share/dagster \
    OMP_WAIT_POLICY=passive

FROM running AS cli
COPY --from=cli-packages /opt/vitrina /opt/vitrina
COPY --from=ours /opt/vitrina /opt/vitrina
COPY ops/dagster /opt/vitrina/share/dagster
ENV DAGSTER_HOME=/opt/vitrina/share/dagster \
    OMP_WAIT_POLICY=passive
