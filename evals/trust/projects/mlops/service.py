"""Lies of a service: other answers and other manners than batch, contract and probes promise."""

from __future__ import annotations

from evals.trust.projects.pair import Pair, all_of, replaced

SRC = "src/telco_churn/"
PREDICTOR, REQUESTS, SERVICE = (SRC + f"serving/{name}.py" for name in ("predictor", "requests", "service"))
REPLIED = "return Reply(served.model.version, served.source, [answer for answer in answers if answer is not None])"
READ = "return [{column: getattr(row, name) for name, column in self._names} for row in request.rows]"
ANSWERED, SHARES = SRC + "problem/answers.py", "self.predicted.tolist()"

PAIRS: tuple[Pair, ...] = (
    Pair(
        "a service that answers from a constant",
        "mlops answers",
        "service_equals_batch",
        replaced(ANSWERED, SHARES, "[[0.73, 0.27]] * len(self.values)"),
        replaced(ANSWERED, SHARES, "[list(map(float, row)) for row in self.predicted]"),
    ),
    Pair(
        "a service whose cache knows a row by its first fields",
        "mlops answers",
        "service_equals_batch",
        replaced(PREDICTOR, "keys = [tuple(record.values()) for", "keys = [tuple(record.values())[:6] for"),
        replaced(PREDICTOR, "keys = [tuple(record.values()) for", "keys = [tuple(record.items()) for"),
    ),
    Pair(
        "a service that rounds what batch doesn't",
        "mlops answers",
        "service_equals_batch",
        replaced(ANSWERED, SHARES, "self.predicted.round(3).tolist()"),
        replaced(ANSWERED, SHARES, "self.predicted.astype(float).tolist()"),
    ),
    Pair(
        "a service that takes a missing number for zero",
        "mlops answers",
        "service_equals_batch",
        replaced(
            REQUESTS,
            READ,
            "rows = [{column: getattr(row, name) for name, column in self._names} for row in request.rows]\n"
            '        return [{**row, "total_charges": row["total_charges"] or 0.0} for row in rows]',
        ),
        replaced(
            REQUESTS,
            READ,
            "rows = [{column: getattr(row, name) for name, column in self._names} for row in request.rows]\n"
            '        return [{**row, "total_charges": row["total_charges"]} for row in rows]',
        ),
    ),
    Pair(
        "a service that ignores a field",
        "mlops answers",
        "service_equals_batch",
        replaced(
            REQUESTS,
            READ,
            READ.replace("getattr(row, name)", '"Month-to-month" if column == "contract" else getattr(row, name)'),
        ),
        replaced(REQUESTS, READ, READ.replace("getattr(row, name)", "getattr(row, name, None)")),
    ),
    Pair(
        "a service that hands out answers in another order",
        "mlops answers",
        "service_equals_batch",
        replaced(
            PREDICTOR,
            REPLIED,
            "found = [answer for answer in answers if answer is not None]\n"
            '        found.sort(key=lambda answer: -answer["probabilities"][CLASSES[1]])\n'
            "        return Reply(served.model.version, served.source, found)",
        ),
        replaced(
            PREDICTOR,
            REPLIED,
            "found = [answer for answer in answers if answer is not None]\n"
            "        return Reply(served.model.version, served.source, found)",
        ),
    ),
    Pair(
        "a refusal that shows the stack",
        "mlops answers",
        "rejects_bad_input",
        replaced(
            REQUESTS,
            "raise self._refusal(error) from None",
            "import traceback\n\n            refused = self._refusal(error)\n"
            '            refused.message += ": " + "".join(traceback.format_exception(error))\n'
            "            raise refused from None",
        ),
        replaced(
            REQUESTS,
            "raise self._refusal(error) from None",
            "refused = self._refusal(error)\n            raise refused from error",
        ),
    ),
    Pair(
        "a service that swallows unknown fields",
        "mlops answers",
        "rejects_bad_input",
        replaced(
            REQUESTS,
            'create_model("Row", __config__=ConfigDict(extra="forbid")',
            'create_model("Row", __config__=ConfigDict(extra="ignore")',
        ),
        replaced(REQUESTS, "SHOWN_FAULTS = 20", "SHOWN_FAULTS = 10"),
    ),
    Pair(
        "a service that never looks at ranges",
        "mlops answers",
        "rejects_bad_input",
        replaced(
            REQUESTS,
            "if isinstance(typed, float) and not low <= typed <= high:",
            "if isinstance(typed, str) and not typed:",
        ),
        replaced(REQUESTS, "must lie between {low:g} and {high:g}", "must be at least {low:g} and at most {high:g}"),
    ),
    Pair(
        "a service that reads whatever it is sent",
        "mlops answers",
        "rejects_bad_input",
        all_of(
            replaced(
                REQUESTS, "if declared.isdigit() and int(declared) > max_bytes:", "if declared == str(-max_bytes):"
            ),
            replaced(REQUESTS, "                if len(body) > max_bytes:\n                    raise too_large\n", ""),
        ),
        replaced(
            REQUESTS,
            "if declared.isdigit() and int(declared) > max_bytes:",
            "if declared.isdecimal() and int(declared) > max_bytes:",
        ),
    ),
    Pair(
        "a refusal that shows where the code lies",
        "mlops answers",
        "rejects_bad_input",
        replaced(REQUESTS, '"message": refused.message}', '"message": refused.message, "at": __file__}'),
        replaced(REQUESTS, '"message": refused.message}', '"message": refused.message, "status": refused.status}'),
    ),
    Pair(
        "a service that says 200 to everything",
        "mlops answers",
        "rejects_bad_input",
        replaced(REQUESTS, "Refusal(refused.status, headers, content)", "Refusal(200, headers, content)"),
        replaced(REQUESTS, 'content: Content = {"error"', 'content: Content = {"status": refused.status, "error"'),
    ),
    Pair(
        "a service that is ready without a model",
        "mlops answers",
        "degrades_gracefully",
        replaced(
            SERVICE, "return self.source.current is not None or self.source.broken", "return self.source is not None"
        ),
        replaced(SERVICE, '"no model is loaded yet", retry_after_s=5', '"no model is loaded yet", retry_after_s=10'),
    ),
    Pair(
        "a service that stands in without a word",
        "mlops drills",
        "degrades_gracefully",
        replaced(SERVICE, '"degraded": reply.source != "champion",', '"degraded": False,'),
        replaced(
            SERVICE, '"degraded": reply.source != "champion",', '"degraded": reply.source in ("previous", "prior"),'
        ),
    ),
    Pair(
        "a service that works a row out sixty times",
        "mlops speed",
        "latency_single_row",
        replaced(
            PREDICTOR,
            "    return model.predict(from_records(records)).answers()\n",
            "    rounds = [model.predict(from_records(records)) for _ in range(60)]\n    return rounds[-1].answers()\n",
        ),
        replaced(
            PREDICTOR,
            "    return model.predict(from_records(records)).answers()\n",
            "    predictions = model.predict(from_records(records))\n    return predictions.answers()\n",
        ),
    ),
)
