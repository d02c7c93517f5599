"""Reads changed copies of a project's configuration: `config_refusals.py CONFIG_MODULE CASES`.

CASES is a JSON file: a list of [file's name, its text]. Each text stands in the place of that file, beside the
others as they are. One JSON object on stdout: for each case, and last for the files as they are, what reading came to.
"""

import importlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Read, tell."""
    name, cases = sys.argv[1], json.loads(Path(sys.argv[2]).read_text("utf-8"))
    config = importlib.import_module(name)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(shutil.copytree("config", Path(scratch) / "config"))
        os.environ[config.ENV_PREFIX + "CONFIG_DIR"] = str(folder)
        found = []
        for stem, content in cases:
            path = folder / f"{stem}.yaml"
            before = path.read_bytes()
            path.write_text(content, "utf-8")
            found.append(said(config, stem))
            path.write_bytes(before)
        whole = {stem: said(config, stem) for stem in dict.fromkeys(stem for stem, _ in cases)}
    print(json.dumps({"cases": found, "whole": whole}))


def said(config, stem):
    """What reading a file ends with: how it would end a command, and what it says; None where it is read."""
    config.reset()
    try:
        config.load(stem)
    except Exception as error:
        return {"code": getattr(error, "exit_code", 1), "said": f"{type(error).__name__}: {error}"}
    return None


if __name__ == "__main__":
    main()
