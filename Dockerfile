# One image for every service of ours; which one it is says the command (docker-compose.yml).
# Left out: the embedded engines of `vitrina up` and what only development needs.
ARG PYTHON=python:3.11-slim
ARG NODE=node:22-slim

FROM ${NODE} AS dashboard
WORKDIR /build
COPY dashboard/package.json dashboard/package-lock.json dashboard/.npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY dashboard/ ./
RUN npm run build

FROM ${PYTHON} AS requirements
WORKDIR /build
COPY requirements-tools.txt ./
RUN --mount=type=cache,target=/root/.cache/pip pip install --quiet --root-user-action=ignore -r requirements-tools.txt
COPY pyproject.toml poetry.lock README.md ./
RUN poetry check --lock --quiet \
 && poetry export --quiet --only main,bots,api,intake,pipelines --output requirements.txt

FROM ${PYTHON} AS builder
WORKDIR /build
RUN python -m venv /opt/vitrina
COPY --from=requirements /build/requirements.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/vitrina/bin/pip install --quiet --no-deps --require-hashes -r requirements.txt
COPY pyproject.toml README.md ./
COPY core core
COPY bots bots
COPY ingestion ingestion
COPY pipelines pipelines
COPY api api
COPY local local
COPY simulator simulator
COPY cli cli
RUN --mount=type=cache,target=/root/.cache/pip /opt/vitrina/bin/pip install --quiet --no-deps .

FROM ${PYTHON}
RUN groupadd --system --gid 10001 vitrina \
 && useradd --system --uid 10001 --gid vitrina --home-dir /var/lib/vitrina --create-home vitrina \
 && install -d -o vitrina -g vitrina /var/lib/vitrina/simulator /var/lib/vitrina/dagster \
    /var/lib/vitrina/exports
COPY --from=builder /opt/vitrina /opt/vitrina
COPY --from=dashboard /build/dist /opt/vitrina/share/dashboard
COPY ops/dagster /opt/vitrina/share/dagster
ENV PATH=/opt/vitrina/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DAGSTER_HOME=/opt/vitrina/share/dagster \
    VITRINA_DASHBOARD_DIR=/opt/vitrina/share/dashboard \
    VITRINA_LOG_FORMAT=json
WORKDIR /var/lib/vitrina
USER vitrina
ENTRYPOINT ["vitrina"]
CMD ["--help"]
