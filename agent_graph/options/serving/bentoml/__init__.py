"""BentoML: a service class that loads the champion, run by BentoML's own server."""

from pathlib import Path

from agent_graph.artifacts import Setting
from agent_graph.measuring.serving import Serving
from agent_graph.option import Option

OPTION = Option(
    choice="serving",
    name="bentoml",
    line="a BentoML service, run by BentoML's server",
    folder=Path(__file__).parent,
    shown_by="run",
    tool="bentoml serve",
    words=("BentoML", "Bento ML", "Bento"),
    gives=frozenset({"http"}),
    packages=(Setting(key="bentoml", value=">=1.4.39"), Setting(key="starlette", value=">=0.46")),
    dev_packages=(Setting(key="httpx", value=">=0.28"), Setting(key="httpx2", value=">=2")),
    traces=("bentoml", "uvicorn"),
    says=Serving(alive="/livez", ready="/readyz", built_in=frozenset({"/livez", "/readyz"}), loads=("bentoml",)),
)
