#!/usr/bin/env python3
"""A cluster small enough for a test: stands on the PATH as `kubectl`, keeps its objects in the JSON file $CLUSTER.

Overlays are rendered by the real kubectl, $KUBECTL. Every scrape of a pod finds `traffic[track]` more requests.
"""

import json
import os
import sys

STORE = os.environ["CLUSTER"]


def applied(state: dict, folder: str) -> None:
    import subprocess  # dozens of other commands a script can do without

    import yaml

    command = [os.environ["KUBECTL"], "kustomize", folder]
    for document in yaml.safe_load_all(subprocess.run(command, capture_output=True, text=True, check=True).stdout):
        name, spec = document["metadata"]["name"], document.get("spec", {})
        if document["kind"] == "Deployment":
            kept = state["deployments"].setdefault(name, {"replicas": 2, "env": {}, "former": None})
            image = spec["template"]["spec"]["containers"][0]["image"]
            kept.update(former=kept.get("image"), image=image, replicas=spec.get("replicas", kept["replicas"]))
        elif document["kind"] == "CronJob":
            state["cronjobs"][name] = spec["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["image"]
        elif document["kind"] == "Service":
            state["lane"] = spec["selector"]["lane"]


def got(state: dict, words: list[str], options: dict[str, str]) -> str:
    kind, _, name = words[0].partition("/")
    if "--raw" in options:
        pod = options["--raw"].split("/pods/")[1].split(":")[0]
        track = "canary" if "canary" in pod else "stable"
        count = state["requests"][pod] = state["requests"].get(pod, 0) + state["traffic"][track]
        errors = count if state.get("broken") and track == "canary" else 0
        return (f'people_requests_total{{code="200"}} {count - errors}\npeople_requests_total{{code="500"}} {errors}\n'
                f"people_fallback_total 0\npeople_request_seconds_sum {count / 100}\n")  # fmt: skip
    if kind == "deployment":
        found = state["deployments"].get(name or words[1], {})
        return str(found.get("replicas") or "") if "readyReplicas" in options["--output"] else found.get("image", "")
    if kind == "service":
        return state.get("lane", "")
    if kind == "job":
        return state["job"]["state"]
    if "job-name" in options["--selector"]:
        assert "--sort-by" in options
        return " ".join(map(str, state["job"]["pods"][-1])) + "\n"
    track = options["--selector"].rpartition("=")[2]
    name = "people" + ("-canary" if track == "canary" else "")
    return " ".join(f"{name}-{i}" for i in range(state["deployments"][name]["replicas"]))


def changed(state: dict, words: list[str], options: dict[str, str]) -> None:
    if words[:2] == ["set", "image"] and words[2] == "cronjob":
        state["cronjobs"] = dict.fromkeys(state["cronjobs"], words[3].partition("=")[2])
        return
    name = next(word for word in words if word.startswith("deployment/")).partition("/")[2]
    found = state["deployments"][name]
    if words[:2] == ["set", "image"]:
        found["image"] = words[3].partition("=")[2]
    elif words[:2] == ["set", "env"]:
        key, _, value = words[3].partition("=")
        found["env"] = {key: value} if value else {}
    elif words[0] == "scale":
        found["replicas"] = int(options["--replicas"])
        state["scaled"].append([name, found["replicas"], found["image"], found["env"]])
    elif words[:2] == ["rollout", "undo"]:
        found["image"] = found["former"]


def main(arguments: list[str]) -> None:
    with open(STORE, encoding="utf-8") as stream:
        before = stream.read()
    state = json.loads(before)
    if arguments[:1] == ["--namespace"]:
        arguments = arguments[2:]
    pairs = list(zip(arguments, [*arguments[1:], ""], strict=True))
    options = {
        word.split("=", 1)[0]: word.split("=", 1)[1] for word in arguments if word.startswith("--") and "=" in word
    }
    options |= {word: after for word, after in pairs if word in ("--raw", "--kustomize")}
    words = [word for word in arguments if not word.startswith("--") and word not in options.values()]
    if arguments[0] == "apply":
        applied(state, options["--kustomize"])
    elif arguments[0] == "get":
        print(got(state, words[1:] or ["raw"], options), end="")
    elif arguments[0] == "create":
        if "--filename" in options:
            state["jobs"].append(json.load(sys.stdin)["spec"]["template"]["spec"]["containers"][0]["args"])
        else:
            print(json.dumps({"spec": {"template": {"spec": {"containers": [{}]}}}}))
    elif arguments[0] == "logs":
        print(f"logs of {words[1]}")
    else:
        changed(state, words, options)
    after = json.dumps(state)
    if after != before:  # of several at once, as in a pipe, only one changes anything
        new = f"{STORE}.{os.getpid()}"
        with open(new, "w", encoding="utf-8") as stream:
            stream.write(after)
        os.replace(new, STORE)


if __name__ == "__main__":
    main(sys.argv[1:])
