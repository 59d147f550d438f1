# shellcheck shell=bash disable=SC2154 # the script dev and its other parts set what is used
# `./dev run`: a hub with a database of its own and the simulated peers, in a temporary folder,
# stopped in order whatever happens. Sourced by the script dev.

folder='' hub='' peers='' watch='' keep='' interrupted=''
port='' base='' control=''

# stop NAME PID: asks a process that was started here to end, and waits for it.
stop() {
  local name=$1 pid=$2 i
  [[ -n $pid ]] || return 0
  kill -TERM "$pid" 2>/dev/null || return 0
  for ((i = 0; i < 150; i++)); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  say "dev: the $name did not end within 15 s and is killed"
  kill -KILL "$pid" 2>/dev/null || true
}

finish_run() {
  local rc=$?
  set +e # a terminal that is gone must not keep anything running
  trap '' INT TERM HUP
  say "Stopping …"
  stop watch "$watch"
  stop 'simulated peers' "$peers"
  stop hub "$hub"
  if [[ -n $keep ]]; then
    say "Kept: $folder (start it again: see $folder/README)"
  else
    rm -rf --one-file-system "$folder"
  fi
  exit "$rc"
}

# Shows why a program did not do what it should, and ends.
fail_run() {
  local log
  for log in "$folder"/{hub,peers}.err "$folder/hub.log"; do
    if [[ -s $log ]]; then
      say "--- the end of ${log##*/}:"
      tail -n 15 "$log" >&2
    fi
  done
  die "$*"
}

is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

choose_port() {
  if [[ -n $port ]]; then
    is_free "$port" || die "port $port is in use; choose another with --port"
    return
  fi
  for ((port = 8080; port < 8180; port++)); do
    if is_free "$port"; then return; fi
  done
  die "no port from 8080 to 8179 is free; choose one with --port"
}

# In a session of its own, so that Ctrl-C reaches this script, which then stops things in order.
apart() {
  exec setsid -- "$@" </dev/null
}

start_peers() {
  : >"$folder/peers.out"
  apart build/release/fibrehub-peers --quiet --seed 1 --rate 0 --case-rate 0 --burst-every-s 0 \
    --hub-webhook "$base/api/v1/wa-bridge/webhook/main" --hmac-key env:DEMO_WAHA_KEY \
    --retry-attempts 60 --qcontact-password env:DEMO_QCONTACT_PASSWORD \
    --fault waha_duplicate_percent=8 --fault waha_out_of_order_percent=5 \
    --fault waha_lid_percent=15 --fault waha_unknown_event_percent=1 --fault waha_garbage_percent=1 \
    >"$folder/peers.out" 2>"$folder/peers.err" &
  peers=$!
  local i
  for ((i = 0; i < 200; i++)); do
    if grep -q '^{.*}$' "$folder/peers.out"; then
      control=http://127.0.0.1:$(jq -r .control_port "$folder/peers.out")
      return
    fi
    kill -0 "$peers" 2>/dev/null || fail_run "the simulated peers ended at once"
    sleep 0.05
  done
  fail_run "the simulated peers did not come up within 10 s"
}

write_config() {
  local desk
  desk=$(jq -r .qcontact_port "$folder/peers.out")
  cat >"$folder/fibrehub.toml" <<EOF
[hub]
data_dir = '$folder/data'

[web]
port = $port

[log]
format = "text"
file = '$folder/hub.log'

[waha.main]
hmac_keys = ["env:DEMO_WAHA_KEY"]

[qcontact.velocity]
base_url = "http://127.0.0.1:$desk/api/v2"
username = "velocity@fibertimemaintenance.com"
password = "env:DEMO_QCONTACT_PASSWORD"
queue = "Maintenance - Velocity"
interval = "5s"
allow_private_addresses = true
EOF
  cat >"$folder/README" <<EOF
What a ./dev run left. The database holds its tickets; to look at them:
  DEMO_WAHA_KEY=$DEMO_WAHA_KEY \\
  DEMO_QCONTACT_PASSWORD=$DEMO_QCONTACT_PASSWORD \\
  $PWD/build/release/fibrehub serve --config $folder/fibrehub.toml
and the token of that run is in $folder/token
EOF
  chmod 0600 "$folder/README"
}

start_hub() {
  apart build/release/fibrehub serve --config "$folder/fibrehub.toml" \
    >"$folder/hub.out" 2>"$folder/hub.err" &
  hub=$!
  local end=$((SECONDS + 60))
  while ((SECONDS < end)); do
    if curl -fs -o /dev/null --max-time 2 "$base/health/ready"; then return; fi
    kill -0 "$hub" 2>/dev/null || fail_run "the hub ended before it was ready"
    sleep 0.2
  done
  fail_run "the hub was not ready within 60 s"
}

make_token() {
  (umask 077 && build/release/fibrehub token create --config "$folder/fibrehub.toml" --name demo \
    --scope read >"$folder/token" 2>"$folder/token.err") ||
    fail_run "no token could be made: $(<"$folder/token.err")"
  (umask 077 && printf 'Authorization: Bearer %s\n' "$(<"$folder/token")" >"$folder/header")
}

api() { curl -fsS --max-time 15 -H "@$folder/header" "$base$1"; }

# What the world does from now on: tell_peers RATE CASE_RATE SECONDS_BETWEEN_BURSTS
tell_peers() {
  curl -fsS -o /dev/null --max-time 10 --data \
    "{\"rate_per_s\":$1,\"case_rate_per_s\":$2,\"burst_every_s\":$3}" "$control/traffic" ||
    fail_run "the simulated peers do not answer"
}

# The one-time password of the first admin, as the hub's log has it; empty in a second run.
first_password() { sed -n 's/.*with the one-time password \([^ ]*\) .*/\1/p' "$folder/hub.log" | tail -n 1; }

print_header() {
  local token uid='' password end=$((SECONDS + 10))
  token=$(<"$folder/token")
  while [[ -z $uid ]] && ((SECONDS < end)); do
    uid=$(api '/api/v1/tickets?limit=1' | jq -r '.data.tickets[0].ticket_uid // empty') || fail_run "the hub does not answer"
    [[ -n $uid ]] || sleep 0.2
  done
  password=$(first_password)
  cat <<EOF

FibreHub runs at $base
token (scope read): $token
sign in as admin@localhost with the one-time password: ${password:-(chosen before)}

Try in another terminal: the tickets, one of them, the live feed
  curl -sH 'Authorization: Bearer $token' '$base/api/v1/tickets?limit=5'
  curl -sH 'Authorization: Bearer $token' '$base/api/v1/tickets/${uid:-UID}'
  curl -sNH 'Authorization: Bearer $token' '$base/api/v1/events'

Simulated WhatsApp and QContact traffic follows; ${1}.

EOF
}

# Shows the feed until it ends, somebody stops it, or something it needs has ended.
follow() {
  build/release/fibrehub watch --url "$base" --token-file "$folder/token" "$@" &
  watch=$!
  local rc=0
  trap 'interrupted=yes' INT TERM HUP
  wait -n "$watch" "$hub" "$peers" || rc=$?
  trap 'exit 130' INT TERM HUP
  if [[ -n $interrupted ]]; then return; fi
  kill -0 "$hub" 2>/dev/null || fail_run "the hub has ended by itself"
  kill -0 "$peers" 2>/dev/null || fail_run "the simulated peers have ended by themselves"
  ((rc == 0)) || fail_run "the live view ended with $rc"
  watch=''
}

run_command() {
  local once=''
  while (($# > 0)); do
    case $1 in
      --once) once=yes ;;
      --keep) keep=yes ;;
      --port | --port=*)
        if [[ $1 == --port ]]; then
          (($# > 1)) || die "run: --port needs a number"
          shift
        fi
        port=${1#--port=}
        if [[ ! $port =~ ^[1-9][0-9]{0,4}$ ]] || ((port > 65535)); then die "run: --port wants 1 to 65535"; fi
        ;;
      *) die "run: unknown option $1 (--once, --port N and --keep are known)" ;;
    esac
    shift
  done
  setup "${basics[@]}"
  build release fibrehub fibrehub-peers
  choose_port
  base=http://127.0.0.1:$port
  # Others may look in: as root, the hub's PostgreSQL runs as another user below it.
  folder=$(mktemp -d "${TMPDIR:-/tmp}/fibrehub-run.XXXXXX")
  chmod 0755 "$folder"
  trap finish_run EXIT
  trap 'exit 130' INT TERM HUP
  local name
  for name in $(compgen -e FIBREHUB__ || true); do unset "$name"; done # would override the file
  DEMO_WAHA_KEY=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
  DEMO_QCONTACT_PASSWORD=$(head -c 12 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
  export DEMO_WAHA_KEY DEMO_QCONTACT_PASSWORD
  start_peers
  write_config
  say "Starting the hub and its database in $folder …"
  start_hub
  make_token
  if [[ -n $once ]]; then
    print_header "it ends after 20 s and is checked"
    tell_peers 4 0.4 8
    follow --once-seconds 20
    [[ -z $interrupted ]] || exit 130
    check_run
  else
    print_header "Ctrl-C stops everything"
    tell_peers 3 0.2 30
    follow
  fi
}
