"""Lies in manifests: names that nothing has, pods that may too much, secrets."""

from __future__ import annotations

from evals.trust.projects.pair import Pair, all_of, appended, replaced

BASE, OVERLAYS = "deploy/kubernetes/base/", "deploy/kubernetes/overlays/"
DEPLOYMENT, SETTINGS, SCALER = BASE + "deployment.yaml", BASE + "settings.yaml", BASE + "autoscaler.yaml"
SCHEDULES = BASE + "schedules.yaml"

PAIRS: tuple[Pair, ...] = (
    Pair(
        "a container that listens where nobody asks",
        "mlops text",
        "files_agree",
        replaced(DEPLOYMENT, "containerPort: 8000", "containerPort: 8080"),
        replaced(DEPLOYMENT, "progressDeadlineSeconds: 300", "progressDeadlineSeconds: 240"),
    ),
    Pair(
        "a readiness probe of a path that isn't served",
        "mlops text",
        "files_agree",
        replaced(DEPLOYMENT, "path: /ready", "path: /readyz"),
        replaced(DEPLOYMENT, "failureThreshold: 60", "failureThreshold: 90"),
    ),
    Pair(
        "a setting that the code doesn't read",
        "mlops text",
        "files_agree",
        appended(SETTINGS, '  TELCO_CHURN_WORKERS: "2"\n'),
        appended(SETTINGS, "  TELCO_CHURN_DATA_DIR: data\n"),
    ),
    Pair(
        "a setting that wins over every environment's own",
        "mlops text",
        "files_agree",
        appended(SETTINGS, '  TELCO_CHURN_THREADS: "2"\n'),
        replaced("config/environments/prod.yaml", "threads: 1", "threads: 2"),
    ),
    Pair(
        "an image name that no overlay gives a tag",
        "packaging",
        "pods_hardened",
        replaced(DEPLOYMENT, "image: telco-churn\n", "image: telco-churn-service\n"),
        replaced(OVERLAYS + "staging/kustomization.yaml", 'newTag: "0.1.0"', 'newTag: "0.1.1"'),
    ),
    Pair(
        "production runs whatever is latest",
        "packaging",
        "pods_hardened",
        replaced(OVERLAYS + "prod/kustomization.yaml", 'newTag: "0.1.0"', "newTag: latest"),
        replaced(OVERLAYS + "prod/kustomization.yaml", 'newTag: "0.1.0"', 'newTag: "1.4.2-rc.1"'),
    ),
    Pair(
        "a replica that may take all memory",
        "packaging",
        "pods_hardened",
        replaced(DEPLOYMENT, '            limits:\n              cpu: "2"\n              memory: "1280Mi"\n', ""),
        replaced(DEPLOYMENT, 'memory: "1280Mi"', 'memory: "1536Mi"'),
    ),
    Pair(
        "a pod that runs as root",
        "packaging",
        "pods_hardened",
        replaced(
            DEPLOYMENT, "runAsNonRoot: true\n        runAsUser: 10001", "runAsNonRoot: false\n        runAsUser: 0"
        ),
        all_of(
            replaced(DEPLOYMENT, "runAsUser: 10001", "runAsUser: 10002"),
            replaced(DEPLOYMENT, "runAsGroup: 10001", "runAsGroup: 10002"),
        ),
    ),
    Pair(
        "an autoscaler that waits for a metric nobody exports",
        "packaging",
        "pods_hardened",
        replaced(
            SCALER,
            "type: Resource\n      resource:\n        name: cpu\n        target:\n          type: Utilization\n"
            "          averageUtilization: 65",
            "type: Pods\n      pods:\n        metric:\n          name: http_requests_per_second\n        target:\n"
            '          type: AverageValue\n          averageValue: "50"',
        ),
        replaced(SCALER, "averageUtilization: 65", "averageUtilization: 70"),
    ),
    Pair(
        "a password among the settings",
        "mlops text",
        "no_secrets",
        appended(SETTINGS, '  MLFLOW_TRACKING_PASSWORD: "correct-horse-battery"\n'),
        appended(SETTINGS, '  MLFLOW_TRACKING_USERNAME: "telco-churn"\n'),
    ),
    Pair(
        "a cycle whose numbers reach nobody",
        "monitoring",
        "monitoring_names_agree",
        replaced(SCHEDULES, '"--numbers", "artifacts/monitoring"]', '"--numbers", "/tmp"]'),
        replaced(SCHEDULES, '"--numbers", "artifacts/monitoring"]', '"--numbers", "artifacts/monitoring/"]'),
    ),
)
