#!/usr/bin/env bash
# Bring back what served before.
#   rollback.sh NAMESPACE model   the champion before this one; running pods load it by themselves within seconds
#   rollback.sh NAMESPACE image   the image before this one, for the service and for every job
set -euo pipefail

usage="usage: rollback.sh NAMESPACE model|image"
namespace=${1:?"$usage"} kind=${2:?"$usage"}
here=$(cd "$(dirname "$0")" && pwd)

case "$kind" in
  model)
    TIMEOUT_S=240 bash "$here/run-job.sh" "$namespace" rollback
    bash "$here/run-job.sh" "$namespace" reference # what monitoring compares with is the champion's own
    ;;
  image)
    kubectl --namespace "$namespace" rollout undo deployment/telco-churn
    image=$(kubectl --namespace "$namespace" get deployment/telco-churn --output=jsonpath='{.spec.template.spec.containers[0].image}')
    kubectl --namespace "$namespace" set image cronjob --selector=app.kubernetes.io/name=telco-churn "*=$image"
    kubectl --namespace "$namespace" rollout status deployment/telco-churn --timeout=240s
    ;;
  *)
    echo "$usage" >&2
    exit 2
    ;;
esac
echo "rolled back: $kind, after $SECONDS s"
