#!/bin/sh
# In the Dockerfile: install-packages TARGET. What its groups are made of, into /opt/vitrina, with a
# list of it and of what is below it (share/sbom.cdx.json, CycloneDX).
set -eu
python -m venv --without-pip /opt/vitrina
pip --python /opt/vitrina/bin/python install --quiet --no-compile --no-deps --require-hashes \
    -r "/build/$1.txt"
packages=$(/opt/vitrina/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
# Not what is called `test`: Dagster and Kurigram import theirs.
find "$packages" -mindepth 2 -type d -name tests -prune -exec rm -rf {} +
find "$packages" -type d -name include -prune -exec rm -rf {} +
find "$packages" \( -name '*.pyi' -o -name '*.pxd' -o -name '*.a' \) -delete
# Names for a debugger are a quarter of what wheels have; what is in *.libs was rewritten by the tool
# that put it there, and strip may break it.
find "$packages" -name '*.so' ! -path '*.libs/*' -exec strip --strip-unneeded {} +
/opt/vitrina/bin/python -m compileall -q -j 0 "$packages" || true # some keep what is no Python
mkdir -p /opt/vitrina/share
cyclonedx-py environment --output-reproducible --output-file /opt/vitrina/share/sbom.cdx.json \
    /opt/vitrina/bin/python
set -- --debian debian.tsv
[ ! -e package-lock.json ] || set -- "$@" --npm package-lock.json # the image with the panel
python bill.py /opt/vitrina/share/sbom.cdx.json "$@"
