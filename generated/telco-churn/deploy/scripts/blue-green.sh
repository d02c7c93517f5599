#!/usr/bin/env bash
# All traffic at once to another lane, and back.
#   blue-green.sh NAMESPACE prepare IMAGE [VERSION]   start the lane green, without traffic
#   blue-green.sh NAMESPACE green|live                   point the service at that lane
#   blue-green.sh NAMESPACE drop                         stop the lane green
set -euo pipefail

usage="usage: blue-green.sh NAMESPACE prepare IMAGE [VERSION] | green | live | drop"
namespace=${1:?"$usage"} action=${2:?"$usage"}
service=telco-churn
green=telco-churn-green

k() { kubectl --namespace "$namespace" "$@"; }
lane() { k get "service/$service" --output=jsonpath='{.spec.selector.lane}'; }

case "$action" in
  prepare)
    k set image "deployment/$green" "service=${3:?"$usage"}"
    if [ $# -ge 4 ]; then
      k set env "deployment/$green" "TELCO_CHURN_PINNED_MODEL=artifacts/models/$4"
    else
      k set env "deployment/$green" TELCO_CHURN_PINNED_MODEL-
    fi
    k scale "deployment/$green" "--replicas=$(k get "deployment/$service" --output=jsonpath='{.status.readyReplicas}')"
    k rollout status "deployment/$green" --timeout=300s
    ;;
  green | live)
    if [ "$action" = green ] && [ "$(k get "deployment/$green" --output=jsonpath='{.status.readyReplicas}')" = "" ]; then
      echo "the lane green has no ready pod: run prepare first" >&2
      exit 1
    fi
    k patch "service/$service" --patch "{\"spec\": {\"selector\": {\"lane\": \"$action\"}}}"
    ;;
  drop)
    if [ "$(lane)" = green ]; then
      echo "the lane green has the traffic: run '$0 $namespace live' first" >&2
      exit 1
    fi
    k scale "deployment/$green" --replicas=0
    ;;
  *)
    echo "$usage" >&2
    exit 2
    ;;
esac
echo "traffic goes to: $(lane)"
