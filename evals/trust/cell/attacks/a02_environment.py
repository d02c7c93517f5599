"""Looks for the host's variables and paths in every process that it sees."""

# ruff: noqa: B023, SIM115

import glob
import os

from tell import HOST, said, tried

said("own variables", os.environ.get("AGENT_GRAPH_CANARY"), os.environ.get("AGENT_GRAPH_CANARY"))
for folder in glob.glob("/proc/[0-9]*"):
    tried(folder + " environ", lambda: "canary" in open(folder + "/environ").read())
    tried(folder + " cmdline", lambda: HOST["base"] in open(folder + "/cmdline").read())
