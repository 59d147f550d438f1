#!/bin/sh
# A PostgreSQL cluster for a benchmark, gone again afterwards. Durable as in production (fsync and
# synchronous_commit stay on); nobody reaches it but through a unix socket in its folder.
#
#   bench/postgres.sh start DIR   makes a cluster in the new folder DIR, prints `host=… user=…`
#   bench/postgres.sh stop DIR    stops it and removes DIR
#
# PostgreSQL refuses to run as root, so root hands it to the user postgres.
set -eu

usage() {
  sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
  exit 2
}
[ $# -eq 2 ] || usage
command=$1
dir=$2

bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
[ -x "$bin/initdb" ] || bin=$(pg_config --bindir)
[ -x "$bin/initdb" ] || {
  echo "postgres.sh: PostgreSQL's server programs were not found; install postgresql" >&2
  exit 1
}

as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then
    (cd / && runuser -u postgres -- "$@")
  else
    "$@"
  fi
}

start() {
  mkdir -m 700 "$dir"
  dir=$(cd "$dir" && pwd)
  [ "$(id -u)" -ne 0 ] || chown postgres "$dir"
  as_postgres "$bin/initdb" -D "$dir/data" -U bench -A trust -E UTF8 --locale=C.UTF-8 >"$dir/initdb.log"
  as_postgres tee -a "$dir/data/postgresql.conf" >/dev/null <<EOF
listen_addresses = ''
unix_socket_directories = '$dir'
unix_socket_permissions = 0777
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = 256MB
max_connections = 100
track_commit_timestamp = on
max_wal_size = 4GB
checkpoint_timeout = 30min
log_min_messages = warning
EOF
  as_postgres "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 60 start >/dev/null || {
    cat "$dir/server.log" >&2
    exit 1
  }
  chmod 755 "$dir"
  echo "host=$dir user=bench"
}

stop() {
  as_postgres "$bin/pg_ctl" -D "$dir/data" -w -t 60 -m fast stop >/dev/null
  # Only a folder that this script made is removed.
  [ -f "$dir/initdb.log" ] && rm -rf "$dir"
}

case $command in
  start) start ;;
  stop) stop ;;
  *) usage ;;
esac
