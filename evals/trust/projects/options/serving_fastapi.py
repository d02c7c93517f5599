"""Lies of the service around its answers: refusals, readiness, stops, logs."""

from __future__ import annotations

from evals.trust.projects.pair import Pair, all_of, replaced

SERVE = "src/telco_churn/serving/app.py"

PAIRS: tuple[Pair, ...] = (
    Pair(
        "a refusal that shows where the code lies",
        "mlops answers",
        "rejects_bad_input",
        replaced(SERVE, '"message": refused.message}', '"message": refused.message, "at": __file__}'),
        replaced(SERVE, '"message": refused.message}', '"message": refused.message, "release": __version__}'),
    ),
    Pair(
        "a service that says 200 to everything",
        "mlops answers",
        "rejects_bad_input",
        replaced(SERVE, "return _json(content, refused.status, headers)", "return _json(content, 200, headers)"),
        replaced(
            SERVE, 'content: dict[str, Any] = {"error"', 'content: dict[str, Any] = {"status": refused.status, "error"'
        ),
    ),
    Pair(
        "a service that is ready without a model",
        "mlops answers",
        "degrades_gracefully",
        replaced(
            SERVE, "return self.source.current is not None or self.source.broken", "return self.source is not None"
        ),
        replaced(SERVE, '"no model is loaded yet", retry_after_s=5', '"no model is loaded yet", retry_after_s=10'),
    ),
    Pair(
        "a service that stands in without a word",
        "mlops drills",
        "degrades_gracefully",
        replaced(SERVE, '"degraded": reply.source != "champion",', '"degraded": False,'),
        replaced(
            SERVE, '"degraded": reply.source != "champion",', '"degraded": reply.source in ("previous", "prior"),'
        ),
    ),
    Pair(
        "a stop that drops what was accepted",
        "mlops answers",
        "graceful_stop",
        all_of(
            replaced(
                SERVE, "signal.signal(asked_for, lambda *_: None)", "signal.signal(asked_for, lambda *_: os._exit(0))"
            ),
            replaced(
                SERVE,
                "    uvicorn.Server(config).run()",
                "    server = uvicorn.Server(config)\n"
                "    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]\n    server.run()",
            ),
            replaced(SERVE, "import logging\n", "import logging\nimport os\n"),
        ),
        replaced("config/serving.yaml", "drain_s: 20", "drain_s: 15"),
    ),
    Pair(
        "a log that repeats the rows",
        "mlops answers",
        "service_logs_clean",
        replaced(
            SERVE, 'request.state.access = {"rows": len(records),', 'request.state.access = {"rows": records[:3],'
        ),
        replaced(
            SERVE,
            'request.state.access = {"rows": len(records),',
            'request.state.access = {"rows": len(records), "fields": len(records[0]),',
        ),
    ),
)
