#!/usr/bin/env bash
# Run one command of the project in the cluster and wait for it.   run-job.sh NAMESPACE COMMAND [ARGUMENT...]
# Exit code: that of the command (0 done, 2 bad input, 3 a gate said no), 1 when it never ended.
set -euo pipefail

namespace=${1:?"usage: run-job.sh NAMESPACE COMMAND [ARGUMENT...]"}
shift
: "${1:?"usage: run-job.sh NAMESPACE COMMAND [ARGUMENT...]"}"
job="telco-churn-$1-$(date +%s)"
timeout_s=${TIMEOUT_S:-3600}

# The pod is that of the schedule with other arguments.
kubectl --namespace "$namespace" create job "$job" --from=cronjob/telco-churn-cycle --dry-run=client --output=json |
  jq '.spec.template.spec.containers[0].args = $ARGS.positional' --args -- "$@" |
  kubectl --namespace "$namespace" create --filename=- >&2

deadline=$((SECONDS + timeout_s))
while [ "$SECONDS" -lt "$deadline" ]; do
  state=$(kubectl --namespace "$namespace" get job "$job" --output=jsonpath='{.status.conditions[?(@.status=="True")].type}')
  case "$state" in
    *Complete* | *Failed*)
      # A retried job has several pods: the newest one speaks for it.
      read -r pod code < <(kubectl --namespace "$namespace" get pods --selector="job-name=$job" --sort-by=.metadata.creationTimestamp \
        --output=jsonpath='{.items[-1:].metadata.name}{" "}{.items[-1:].status.containerStatuses[0].state.terminated.exitCode}{"\n"}') || true
      if [ -n "${pod:-}" ]; then
        kubectl --namespace "$namespace" logs "$pod" || true
      fi
      case "$state" in *Complete*) exit 0 ;; esac
      exit "$((${code:-1} == 0 ? 1 : ${code:-1}))"
      ;;
  esac
  sleep 2
done
echo "job $job did not end within $timeout_s s" >&2
exit 1
