#!/usr/bin/env bash
# Everything of one environment (service, canary, jobs, settings) with one image.
#   apply.sh ENVIRONMENT IMAGE   dev, staging or prod; IMAGE as the registry knows it, with its tag or digest
#   apply.sh ENVIRONMENT         changed manifests, with the image that the service runs now
# Waits for nothing: kubectl --namespace telco-churn-ENVIRONMENT rollout status deployment/telco-churn
set -euo pipefail

usage="usage: apply.sh dev|staging|prod [REGISTRY/NAME:TAG]"
environment=${1:?"$usage"} image=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
namespace=telco-churn-$environment

case "$environment" in
  dev | staging | prod) ;;
  *)
    echo "$usage" >&2
    exit 2
    ;;
esac
if [ -z "$image" ]; then
  image=$(kubectl --namespace "$namespace" get deployment telco-churn --ignore-not-found \
    --output=jsonpath='{.spec.template.spec.containers[0].image}')
fi
case "${image##*/}" in
  ?*@sha256:?* | ?*:?*) ;;
  *)
    echo "'$image' names no image with a tag or digest; $usage" >&2
    exit 2
    ;;
esac
lane=$(kubectl --namespace "$namespace" get service telco-churn --ignore-not-found --output=jsonpath='{.spec.selector.lane}')
if [ "$lane" = green ]; then
  echo "the lane green has the traffic and would lose it: run blue-green.sh $namespace live first" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case "${image##*/}" in
  ?*@sha256:?*) pin="digest: \"${image##*@}\"" name=${image%@*} ;;
  *) pin="newTag: \"${image##*:}\"" name=${image%:*} ;;
esac
cp -R "$here/../kubernetes/." "$work"
mkdir "$work/release"
cat >"$work/release/kustomization.yaml" <<END
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../overlays/$environment
images:
  - name: telco-churn
    newName: "$name"
    $pin
END
kubectl apply --kustomize "$work/release"
