"""FastAPI on uvicorn: a service that loads the champion, answers rows, and says how it is."""

from pathlib import Path

from agent_graph.artifacts import Setting
from agent_graph.measuring.serving import Serving
from agent_graph.option import Option

OPTION = Option(
    choice="serving",
    name="fastapi",
    line="a FastAPI service on uvicorn",
    folder=Path(__file__).parent,
    shown_by="run",
    tool="uvicorn",
    words=("FastAPI", "Fast API"),
    gives=frozenset({"http"}),
    packages=(
        Setting(key="fastapi", value=">=0.139"),
        Setting(key="starlette", value=">=0.46"),
        Setting(key="uvicorn", value=">=0.35"),
    ),
    dev_packages=(Setting(key="httpx", value=">=0.28"), Setting(key="httpx2", value=">=2")),
    traces=("fastapi", "uvicorn"),
    says=Serving(alive="/health", ready="/ready", loads=("fastapi", "uvicorn")),
)
