"""Run by Airflow's interpreter in the cell: what its own DagBag makes of the project's DAGs.

argv: folder of the DAGs, the project's package. Prints one JSON object as the last line.
"""

import json
import sys
import warnings

with warnings.catch_warnings(record=True):  # Airflow's own imports are its own business
    from airflow.dag_processing.dagbag import DagBag  # type: ignore[import-not-found]
    from airflow.serialization.serialized_objects import DagSerialization  # type: ignore[import-not-found]

folder, package = sys.argv[1:]
with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    bag = DagBag(folder)
    for each in bag.dags.values():
        DagSerialization.to_dict(each)  # what the scheduler is handed
told = {
    "errors": {path: " ".join(said.split())[-300:] for path, said in bag.import_errors.items()},
    "warnings": sorted({f"{each.category.__name__}: {each.message}"[:300] for each in warned}),
    "imported": sorted(name for name in sys.modules if name.split(".")[0] == package),
    "dags": {
        each.dag_id: {
            "schedule": each.schedule if isinstance(each.schedule, str) else None,
            "start": each.start_date.isoformat() if each.start_date else None,
            "catchup": each.catchup,
            "at once": each.max_active_runs,
            "tags": sorted(each.tags),
            "tasks": {
                task.task_id: {
                    "after": sorted(task.upstream_task_ids),
                    "owner": task.owner,
                    "retries": task.retries,
                    "pause": task.retry_delay.total_seconds(),
                    "longest": task.execution_timeout.total_seconds() if task.execution_timeout else None,
                }
                for task in each.tasks
            },
        }
        for each in bag.dags.values()
    },
}
print(json.dumps(told))
