#!/usr/bin/env bash
# Is the service at URL fit to be used?   smoke.sh http://127.0.0.1:8000
# Exit 0: alive, ready, a model is served, bad requests are refused by field, metrics are exported. Else 1 and the reason.
set -euo pipefail

url=${1:?"usage: smoke.sh URL"}
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

ask() { # PATH EXPECTED_STATUS [curl options]
  local path=$1 expected=$2 status
  shift 2
  status=$(curl --silent --show-error --max-time 10 --output "$answer" --write-out '%{http_code}' "$@" "$url$path")
  if [ "$status" != "$expected" ]; then
    echo "$path answered $status instead of $expected: $(head -c 500 "$answer")" >&2
    exit 1
  fi
}

ask /health 200
ask /ready 200
ask /model 200
echo "model: $(head -c 300 "$answer")"
ask /predict 422 --header 'Content-Type: application/json' --data '{"rows": [{"no such column": 1}]}'
ask /predict 415 --header 'Content-Type: text/plain' --data 'x'
ask /metrics 200
if ! grep -q '^telco_churn_ready 1' "$answer"; then
  echo "/metrics doesn't say telco_churn_ready 1" >&2
  exit 1
fi
echo "ok"
