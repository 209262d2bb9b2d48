#!/bin/sh
# Puts beside our MLflow the same release with its defaults, as a plain pip install has it: no uvloop, no httptools.
# It uses the same database.
# theirs.sh WORKERS
set -eu

uv=/opt/mlflow/uv/bin/uv
export UV_CACHE_DIR=/opt/mlflow/uv/cache UV_SYSTEM_CERTS=true
if [ ! -e /var/lib/theirs ]; then
    $uv venv --quiet --clear --python /usr/bin/python3 /opt/theirs
    $uv pip sync --quiet --python /opt/theirs/bin/python --require-hashes --compile-bytecode \
        /opt/mlflow/current/lock.txt
    $uv pip uninstall --quiet --python /opt/theirs/bin/python uvloop httptools
    install -d -o mlflow -g mlflow /var/lib/theirs
fi

password=$(cut -d: -f5 /etc/mlflow/credentials/pgpass)
cat >/run/systemd/system/theirs.service <<UNIT
[Service]
User=mlflow
WorkingDirectory=/var/lib/theirs
ExecStart=/opt/theirs/bin/mlflow server --host 0.0.0.0 --workers $1 \
--backend-store-uri postgresql+psycopg2://mlflow:$password@localhost/mlflow
KillMode=mixed
UNIT
systemctl daemon-reload
ufw allow 5000/tcp >/dev/null
