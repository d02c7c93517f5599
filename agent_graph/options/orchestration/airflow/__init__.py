"""Apache Airflow, in an environment of its own."""

from pathlib import Path

from agent_graph.artifacts import Check, Setting
from agent_graph.bench import Bench
from agent_graph.option import Option
from agent_graph.options.orchestration.airflow import dags
from agent_graph.options.orchestration.conformance import Orchestration, Start


def start(bench: Bench) -> Start:
    """The pipeline's DAG, once, by Airflow's own runner."""
    return dags.start(bench, OPTION.licences)


def check(bench: Bench) -> tuple[Check, ...]:
    """The DAGs in Airflow's own DagBag."""
    return dags.check(bench, OPTION.licences)


OPTION = Option(
    choice="orchestration",
    name="airflow",
    line="Apache Airflow: a DAG of the pipeline, others by the clock; in an environment of its own",
    folder=Path(__file__).parent,
    shown_by="run",
    tool="airflow",
    words=("Airflow", "Apache Airflow"),
    packages=(Setting(key="apache-airflow", value=">=3.3.2"),),
    traces=("airflow",),
    says=Orchestration("Airflow", start),
    check=check,
)
