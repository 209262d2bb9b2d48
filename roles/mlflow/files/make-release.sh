#!/bin/sh
# Installs what RELEASE/lock.txt names, by hash and compiled: make-release.sh HOME RELEASE, with the lock of the installer on stdin.
# It may be started again while another one still works, or after one was killed.
set -eu
home=$1 release=$2

exec 9>"$home/lock"
flock 9
# Debian's wheel of pip makes the installer without a venv of its own
PYTHONPATH=$(echo /usr/share/python-wheels/pip-*.whl) /usr/bin/python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore \
    --no-deps --require-hashes --no-compile --upgrade --target "$home/uv" --requirement /dev/stdin
export UV_CACHE_DIR="$home/uv/cache" UV_SYSTEM_CERTS=true
"$home/uv/bin/uv" venv --quiet --allow-existing --python /usr/bin/python3 "$release"
"$home/uv/bin/uv" pip sync --quiet --require-hashes --python "$release/bin/python" "$release/lock.txt"
# The service may not write, and without byte code it starts in 15 s instead of 4
"$release/bin/python" -m compileall -qq -j 0 -x '/tests?/' "$release" || [ $? = 1 ] # 1: a package contains a file that is not valid Python
