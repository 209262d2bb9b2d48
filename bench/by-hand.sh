#!/bin/sh
# What people do without this collection on a bare Debian host, until the server answers. Says when each step ended.
# by-hand.sh [postgresql]: with a database of its own, else the default, which is a file.
set -eu

began=$(date +%s)
ended() { echo "$(($(date +%s) - began)) s: $*"; }

export DEBIAN_FRONTEND=noninteractive
store=sqlite:////var/lib/mlflow/mlflow.db
mkdir -p /var/lib/mlflow
cd /var/lib/mlflow

apt-get -q update
apt-get -q install -y python3-venv ${1:+postgresql}
ended "apt-get update and install"
if [ $# -gt 0 ]; then
    (cd /tmp &&
        sudo -u postgres psql -c "create user mlflow password 'by-hand'" -c 'create database mlflow owner mlflow')
    store=postgresql+psycopg2://mlflow:by-hand@localhost/mlflow
    ended "make user and database"
fi
python3 -m venv /opt/mlflow
ended "python3 -m venv"
# The version that we deploy; their dependencies are what the index has
/opt/mlflow/bin/pip install --quiet mlflow==3.17.2 psycopg2-binary boto3
ended "pip install"
nohup /opt/mlflow/bin/mlflow server --backend-store-uri "$store" </dev/null >/var/log/mlflow.log 2>&1 &
until python3 -c 'from urllib.request import urlopen; urlopen("http://127.0.0.1:5000/health", timeout=9)' 2>/dev/null
do
    sleep 0.2
done
ended "mlflow server"
