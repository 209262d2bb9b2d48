#!/bin/sh
# Lets one server run, and the other not.
#   serve.sh theirs
#   serve.sh ours SOCKET [NAME=VALUE...]   on that socket, with variables of the environment other than the role's
set -eu

systemctl stop theirs.service mlflow.socket mlflow.service
if [ "$1" = theirs ]; then
    exec systemctl start theirs.service
fi
socket=$2
shift 2
units=/run/systemd/system
mkdir -p $units/mlflow.socket.d $units/mlflow.service.d
printf '[Socket]\nListenStream=\nListenStream=%s\n' "$socket" >$units/mlflow.socket.d/bench.conf
printf '[Service]\nEnvironmentFile=/run/bench.env\n' >$units/mlflow.service.d/bench.conf
printf '%s\n' "$@" >/run/bench.env
systemctl daemon-reload
systemctl start mlflow.socket mlflow.service

case $socket in /*) upstream=unix:$socket ;; *) upstream=$socket ;; esac
sed -i "s|server [^ ]* max_fails|server $upstream max_fails|" /etc/nginx/nginx.conf
systemctl reload nginx
