#!/usr/bin/env bash
# Give a new model or image a growing share of the traffic, and send it home when it is worse.
#   canary.sh NAMESPACE model VERSION     a registered version, as `train` and `retrain` print it
#   canary.sh NAMESPACE image REFERENCE   a new image, with the model that is champion now
# Exit 0: promoted. Exit 3: sent home; nothing changed for the stable pods. Steps and bars: config/serving.yaml, canary.
set -euo pipefail

usage="usage: canary.sh NAMESPACE model|image VERSION|REFERENCE"
namespace=${1:?"$usage"} kind=${2:?"$usage"} wanted=${3:?"$usage"}
here=$(cd "$(dirname "$0")" && pwd)
stable=telco-churn
canary=telco-churn-canary
soak_s=${SOAK_S:-120}
scraped=$(mktemp -d)

k() { kubectl --namespace "$namespace" "$@"; }
cleanup() {
  k scale "deployment/$canary" --replicas=0 >&2
  rm -rf "$scraped"
}
trap cleanup EXIT

scrape() { # MOMENT: one file a pod below $scraped/TRACK/MOMENT
  local track pod
  for track in stable canary; do
    mkdir -p "$scraped/$track/$1"
    for pod in $(k get pods --selector="app.kubernetes.io/name=$stable,track=$track" --field-selector=status.phase=Running \
      --output=jsonpath='{.items[*].metadata.name}'); do
      kubectl get --raw "/api/v1/namespaces/$namespace/pods/$pod:8000/proxy/metrics" >"$scraped/$track/$1/$pod"
    done
  done
}

case "$kind" in
  model) k set env "deployment/$canary" "TELCO_CHURN_PINNED_MODEL=artifacts/models/$wanted" ;;
  image)
    k set env "deployment/$canary" TELCO_CHURN_PINNED_MODEL-
    k set image "deployment/$canary" "service=$wanted"
    ;;
  *)
    echo "$usage" >&2
    exit 2
    ;;
esac

replicas=$(k get "deployment/$stable" --output=jsonpath='{.status.readyReplicas}')
for percent in 10 25 50; do
  # Traffic follows the number of pods: c of (s + c) is the share, rounded up to a whole pod.
  pods=$(((replicas * percent + 99 - percent) / (100 - percent)))
  echo "canary: $pods pods beside $replicas stable ones, for $percent percent" >&2
  k scale "deployment/$canary" "--replicas=$pods"
  k rollout status "deployment/$canary" --timeout=180s
  rm -rf "${scraped:?}"/*
  scrape before
  sleep "$soak_s"
  scrape after
  python -m telco_churn.serving.canary "$scraped" || exit 3
done

if [ "$kind" = model ]; then
  bash "$here/run-job.sh" "$namespace" promote --version "$wanted"
else
  k set image "deployment/$stable" "service=$wanted"
  k rollout status "deployment/$stable" --timeout=300s
fi
echo "promoted: $kind $wanted"
