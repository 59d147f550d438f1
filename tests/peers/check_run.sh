# shellcheck shell=bash disable=SC2154 # the script dev and its other parts set what is used
# The end of `./dev run --once`: what the outside world knows to be true is compared with what the
# hub's API shows. Sourced by the script dev.

# All tickets and their messages, through the API.
read_tickets() {
  local page=1 pages=1
  : >"$folder/pages.json"
  while ((page <= pages)); do
    api "/api/v1/tickets?limit=100&page=$page" >"$folder/page.json" || return 1
    pages=$(jq .data.pagination.totalPages "$folder/page.json") || return 1
    cat "$folder/page.json" >>"$folder/pages.json"
    ((page++))
  done
  jq -s '[.[].data.tickets[]]' "$folder/pages.json" >"$folder/tickets.json" || return 1
  jq -r --arg base "$base" '.[] | "url = \"\($base)/api/v1/tickets/\(.ticket_uid)\""' \
    "$folder/tickets.json" >"$folder/urls" || return 1
  curl -fsS --max-time 60 -H "@$folder/header" --config "$folder/urls" |
    jq -s '[.[].data | {ticket_uid, messages: [.messages[].message_id]}]' >"$folder/details.json"
}

# What the outside world is sure of and the hub does not show, one line each.
list_lost() {
  jq -r --slurpfile details "$folder/details.json" '
    ([$details[0][].messages[]] | map({(.): true}) | add // {}) as $stored
    | .messages[]
    | select(.acknowledged and (.from_me | not) and ($stored[.stanza_id] | not))
    | select(.chat | test("@(broadcast|newsletter)$") | not) # kept, but nobody talks to us there
    | "acknowledged message \(.stanza_id) (\(.kind), chat \(.chat)) is in no ticket"' \
    "$folder/ledger.json"
  jq -r --slurpfile tickets "$folder/tickets.json" '
    ($tickets[0] | map({(.ticket_uid): true}) | add // {}) as $known
    | .cases[]
    | select(.queue == "Maintenance - Velocity"
        and (.status == "Open" or .status == "In Progress" or .status == "Pending"))
    | select($known["FT\(.id)"] | not)
    | "open QContact case \(.id) is no ticket"' "$folder/cases.json"
  jq -r --slurpfile stats "$folder/stats.json" '
    (.data.channels[] | select(.kind == "waha").counters
      | .stored + .duplicates + .conflicts + .reviews) as $settled
    | $stats[0].webhooks.acknowledged | select(. > $settled)
    | "\(.) webhooks were acknowledged, but only \($settled) are accounted for"' "$folder/channels.json"
}

# The hub may still be at it, and its counts are a second old: reads until nothing is missing, at
# most 20 s.
read_everything() {
  curl -fsS --max-time 60 --data '{"timeout_s":40}' "$control/drain" >"$folder/stats.json" ||
    fail_run "the simulated peers do not answer"
  curl -fsS --max-time 15 "$control/ledger/waha" >"$folder/ledger.json" ||
    fail_run "the simulated peers do not answer"
  curl -fsS --max-time 15 "$control/ledger/qcontact" >"$folder/cases.json" ||
    fail_run "the simulated peers do not answer"
  local end=$((SECONDS + 20))
  while :; do
    read_tickets || fail_run "the hub does not answer"
    api /api/v1/channels >"$folder/channels.json" || fail_run "the hub does not answer"
    list_lost >"$folder/lost"
    if [[ ! -s $folder/lost ]] || ((SECONDS >= end)); then break; fi
    sleep 1
  done
  api '/api/v1/review?limit=1' >"$folder/review.json" || fail_run "the hub does not answer"
  api /metrics >"$folder/metrics" || fail_run "the hub does not answer"
}

# One line for each thing that is not as it should be.
list_faults() {
  head -n 5 "$folder/lost"
  local lost
  lost=$(wc -l <"$folder/lost")
  ((lost <= 5)) || echo "… and $((lost - 5)) more are missing"
  jq -r '
    (if .drained then empty else "the peers still wait: \(.webhooks.pending) webhooks are not acknowledged" end),
    (if .webhooks.given_up > 0 then "\(.webhooks.given_up) webhooks were given up" else empty end),
    (if .messages.acknowledged < .messages.unique
     then "only \(.messages.acknowledged) of \(.messages.unique) messages were acknowledged" else empty end),
    (.webhooks.by_status | to_entries[] | select(.key | test("^[45]"))
     | "\(.value) webhooks were answered \(.key)")' "$folder/stats.json"
  jq -r '
    (map(.source) | unique) as $have | ("wa_inbound", "qcontact")
    | select(. as $source | $have | index($source) | not) | "there is no ticket from \(.)"' "$folder/tickets.json"
  jq -r '.data.channels[] | select(.backlog > 0 or .counters.errors > 0 or .restarts > 0)
    | "channel \(.kind)/\(.name): \(.backlog) waiting, \(.counters.errors) errors, \(.restarts) restarts"' \
    "$folder/channels.json"
  # Readiness is asked before the hub is ready, and then answered 503.
  awk '/^fibrehub_http_requests_total/ && /class="5xx"/ && !/health_/ { sum += $NF }
       END { if (sum > 0) print sum " requests were answered with 5xx" }' "$folder/metrics"
}

check_run() {
  say ""
  say "Waiting for what is still under way, then comparing …"
  read_everything
  jq -r '"messages sent          \(.messages.unique)",
    "messages acknowledged  \(.messages.acknowledged)",
    "webhooks               \(.webhooks.posts) posts, \(.webhooks.acknowledged) acknowledged"' "$folder/stats.json"
  jq -r '[.data.channels[].counters] |
    "duplicates             \(map(.duplicates) | add // 0)",
    "conflicts              \(map(.conflicts) | add // 0)"' "$folder/channels.json"
  jq -r '"review items           \(.data.open)"' "$folder/review.json"
  jq -r '"tickets                \(length)",
    (group_by(.source)[] | "  from \((.[0].source + "                ")[:16]) \(length)")' "$folder/tickets.json"
  echo "the newest:"
  jq -r '.[:10][] | [.ticket_uid, .status, .title] | map(gsub("[[:cntrl:]]"; " ")) | @tsv' "$folder/tickets.json" |
    while IFS=$'\t' read -r uid status title; do printf '  %-16s %-12s %s\n' "$uid" "$status" "$title"; done
  list_faults >"$folder/faults"
  if [[ -s $folder/faults ]]; then
    echo "NOT in order:"
    sed 's/^/  /' "$folder/faults"
    exit 1
  fi
  echo "In order: everything that was acknowledged is stored."
}
