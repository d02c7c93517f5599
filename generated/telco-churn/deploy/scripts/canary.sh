#!/usr/bin/env bash
# Give a new model or image a growing share of the traffic, and send it home when it is worse.
#   canary.sh NAMESPACE model VERSION     a registered version, as `train` and `retrain` print it, with the image of now
#   canary.sh NAMESPACE image REFERENCE   a new image, with the model that is champion now
# Exit 0: promoted. Exit 3: sent home as worse. Exit 4: sent home unjudged, too few requests came within wait_s.
# After 3 and 4 nothing has changed for the stable pods and the jobs. Steps and bars: config/serving.yaml, canary.
set -euo pipefail

usage="usage: canary.sh NAMESPACE model|image VERSION|REFERENCE"
namespace=${1:?"$usage"} kind=${2:?"$usage"} wanted=${3:?"$usage"}
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
stable=telco-churn
canary=telco-churn-canary
environment=${namespace#"$stable-"}
export TELCO_CHURN_ENVIRONMENT=$environment
scraped=$(mktemp -d)

k() { kubectl --namespace "$namespace" "$@"; }
cleanup() {
  k scale "deployment/$canary" --replicas=0 >&2
  rm -rf "$scraped"
}

scrape() { # MOMENT: one file a pod below $scraped/TRACK/MOMENT
  local track pod
  for track in stable canary; do
    rm -rf "${scraped:?}/$track/$1"
    mkdir -p "$scraped/$track/$1"
    for pod in $(k get pods --selector="app.kubernetes.io/name=$stable,track=$track" --field-selector=status.phase=Running \
      --output=jsonpath='{.items[*].metadata.name}'); do
      kubectl get --raw "/api/v1/namespaces/$namespace/pods/$pod:8000/proxy/metrics" >"$scraped/$track/$1/$pod"
    done
  done
}

answered() { # how many requests the canary's pods have had in this step
  python -c 'import pathlib, sys
from telco_churn.serving.canary import traffic
print(round(traffic(pathlib.Path(sys.argv[1])).requests))' "$scraped/canary"
}

soak() { # until soak_s is over and the canary has had enough requests for a verdict, or until wait_s is over without
  local waited=0 count
  judged=no
  scrape before
  while [ "$waited" -lt "$wait_s" ]; do
    sleep "$soak_s"
    waited=$((waited + soak_s))
    scrape after
    count=$(answered)
    if [ "$count" -ge "$minimum_requests" ]; then
      judged=yes
      return
    fi
    echo "canary: $count requests after $waited s, $minimum_requests are needed; waiting up to $wait_s s" >&2
  done
}

bars=$(python -c 'from telco_churn.serving.limits import serving_limits
canary = serving_limits().canary
print(canary.soak_s, canary.wait_s, canary.minimum_requests, *canary.steps_percent)')
read -r soak_s wait_s minimum_requests steps <<<"$bars"
ready() { k get "deployment/$stable" --output=jsonpath='{.status.readyReplicas}'; }
if [ -z "$(ready)" ]; then
  echo "no stable pod is ready, so there is nothing to compare with; first installation: runbooks/deploy.md" >&2
  exit 1
fi

trap cleanup EXIT
case "$kind" in
  model)
    image=$(k get "deployment/$stable" --output=jsonpath='{.spec.template.spec.containers[0].image}')
    k set image "deployment/$canary" "service=$image"
    k set env "deployment/$canary" "TELCO_CHURN_PINNED_MODEL=artifacts/models/$wanted"
    ;;
  image)
    k set image "deployment/$canary" "service=$wanted"
    k set env "deployment/$canary" TELCO_CHURN_PINNED_MODEL-
    ;;
  *)
    echo "$usage" >&2
    exit 2
    ;;
esac

former=0
for percent in $steps; do
  # Traffic follows the number of pods, c of (s + c), so a small fleet can only take coarse steps: rounded up, then told.
  replicas=$(ready)
  pods=$(((replicas * percent + 99 - percent) / (100 - percent)))
  if [ "$pods" -le "$former" ]; then
    echo "canary: $percent percent would be $pods pods again; next step" >&2
    continue
  fi
  former=$pods
  echo "canary: $pods pods beside $replicas stable ones, $((100 * pods / (replicas + pods))) percent of the traffic ($percent asked)" >&2
  k scale "deployment/$canary" "--replicas=$pods"
  k rollout status "deployment/$canary" --timeout=180s
  soak # not as a condition: bash would pass over the failures inside
  if [ "$judged" = no ]; then
    echo "canary sent home unjudged: not enough traffic; what to do: runbooks/deploy.md" >&2
    exit 4
  fi
  python -m telco_churn.serving.canary "$scraped" || exit 3
done

if [ "$kind" = model ]; then
  bash "$here/run-job.sh" "$namespace" promote --version "$wanted"
  bash "$here/run-job.sh" "$namespace" reference
else
  bash "$here/apply.sh" "$environment" "$wanted"
  k rollout status "deployment/$stable" --timeout=300s
fi
echo "promoted: $kind $wanted"
