"""Inside the cell: starts the project's service, asks it what the host prepared, and prints what came back.

A service may be several processes: what is measured and stopped is the one that was started and all that came of it.

argv: package, its modules cli, registry and canary (`layout.named`), env prefix, plan (JSON file), report (JSON file
to write). Prints the report's SHA-256, so that nothing else that runs here can put another report in its place. Knows
nothing of right and wrong: the host judges.
"""

# ruff: noqa: S108, S603, PLR0913  # /tmp is the cell's own, and what is started is the project under test

import contextlib
import hashlib
import http.client
import json
import os
import runpy
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

PACKAGE, MODULES, ENV_PREFIX = sys.argv[1:4]
CLI, REGISTRY, CANARY = MODULES.split(",")
PLAN, REPORT = json.loads(Path(sys.argv[4]).read_text()), Path(sys.argv[5])
PATHS = PLAN["paths"]
JSON = {"Content-Type": "application/json"}
PORT = 18200
MAX_LOG = 200_000  # characters of its start and of its end
LOGS = Path("/tmp/service-logs")


def ask(port, method, path, body=None, headers=None, connection=None, timeout=15):
    """(status, headers, text) of one request; status 0 and the error's words when there was no answer."""
    own = connection is None
    connection = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read(4 << 20).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        return 0, {}, repr(error)
    finally:
        if own:
            connection.close()


def predict(port, rows, connection=None):
    return ask(port, "POST", PATHS["predict"], json.dumps({"rows": rows}), JSON, connection)


def refused(bad):
    return ask(PORT, "POST", PATHS["predict"], bad["body"] * bad["times"], bad["headers"])


def start(port, fresh=False, **env):
    """A running service: a fresh interpreter, or a fork of this one (libraries are loaded already)."""
    LOGS.mkdir(exist_ok=True)
    words = [PACKAGE, "serve", "--host", "127.0.0.1", "--port", str(port)]
    changed = {**os.environ, "PYTHONPATH": "/work/src", **{ENV_PREFIX + key: value for key, value in env.items()}}
    log = (LOGS / str(port)).open("wb")
    if fresh:
        return subprocess.Popen([sys.executable, "-m", *words], env=changed, stdout=log, stderr=log).pid
    pid = os.fork()
    if pid:
        return pid
    os.environ.update(changed)
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    sys.argv = words
    sys.path.insert(0, "/work/src")
    with contextlib.suppress(BaseException):
        runpy.run_module(PACKAGE, run_name="__main__", alter_sys=True)
    os._exit(0)


def ended(pid, seconds):
    """Exit code (minus the signal) of a process that should end within `seconds`; None when it doesn't."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    return None


def family(pid):
    """A process and all that came of it, as far as the parents of those that live tell."""
    children = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(place.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(place.parent.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def stop(pid):
    for each in family(pid):  # the first ones first, so that none is started again
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    os.waitpid(pid, 0)


def command(*words):
    """Run a command of the project in a fork; its exit code and seconds."""
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        code = 1
        with contextlib.suppress(BaseException):
            sys.path.insert(0, "/work/src")
            log = (LOGS / "commands").open("ab")
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
            from importlib import import_module

            code = import_module(CLI).main(list(words))
        os._exit(code)
    return ended(pid, 60), time.monotonic() - began


def wait_for(port, wanted, seconds=40):
    """Seconds until `wanted(status of readiness, text)`; None when it never happens."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        status, _, text = ask(port, "GET", PATHS["ready"], timeout=3)
        if wanted(status, text):
            return time.monotonic() - began
        time.sleep(0.02)
    return None


def latency(port, rows):
    """Milliseconds of one request a row, over one connection, and the statuses."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    times, statuses = [], []
    for row in rows:
        began = time.perf_counter()
        status, _, _ = predict(port, [row], connection)
        times.append(1000 * (time.perf_counter() - began))
        statuses.append(status)
    connection.close()
    return times, statuses


def throughput(port, rows, workers=4):
    """Requests a second of `workers` callers at once."""
    shares = [rows[i::workers] for i in range(workers)]
    failures = []

    def call(share):
        failures.extend(status for status in latency(port, share)[1] if status != 200)

    threads = [threading.Thread(target=call, args=(share,)) for share in shares]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(rows) / (time.monotonic() - began), len(failures)


def batches(port, rows, size):
    """Rows a second when `size` are sent at once."""
    began = time.monotonic()
    statuses = [predict(port, rows[i : i + size])[0] for i in range(0, len(rows), size)]
    return len(rows) / (time.monotonic() - began), sum(status != 200 for status in statuses)


def stop_in_flight(port, pid, rows):
    """SIGTERM between the two halves of a request's body: is it answered, does the process end?"""
    body = json.dumps({"rows": rows}).encode()
    half = len(body) // 2
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest("POST", PATHS["predict"])
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body[:half])
    time.sleep(0.1)
    began = time.monotonic()
    os.kill(pid, signal.SIGTERM)
    time.sleep(0.2)
    refused = ask(port, "GET", PATHS["alive"], timeout=2)[0]
    try:
        connection.send(body[half:])
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        status = repr(error)
    connection.close()
    code = ended(pid, 25)
    if code is None:
        stop(pid)
    return {"status": status, "exit_code": code, "seconds": time.monotonic() - began, "new_connection": refused}


def memory(pid):
    """Peak resident bytes of a service, over all of its processes."""
    total = 0
    for each in family(pid):
        with contextlib.suppress(OSError):  # one that has ended meanwhile
            for line in Path(f"/proc/{each}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    total += 1024 * int(line.split()[1])
    return total


def cpu_ms(pid):
    """CPU milliseconds that a service has used so far, in all of its processes."""
    total = 0
    for each in family(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return 1000 * total / os.sysconf("SC_CLK_TCK")


def register_twin(served):
    """Another version of the served model through the project's own registry: other weights where it has members."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            sys.path.insert(0, "/work/src")
            sys.stdout = sys.stderr
            folder = Path("artifacts/models/twin")
            shutil.copytree(Path("artifacts/models") / served, folder)
            description = json.loads((folder / "model.json").read_text())
            members = description.get("members", [])
            for i, member in enumerate(members):
                member["weight"] = 1.0 if i == len(members) - 1 else 0.0
            (folder / "model.json").write_text(json.dumps(description))
            from importlib import import_module

            registry = import_module(REGISTRY)
            version = registry.register(folder, {}, {"run_id": description["run_id"]})
            Path("/tmp/twin").write_text(str(version))
            code = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        os._exit(code)
    return Path("/tmp/twin").read_text() if ended(pid, 60) == 0 else None


def version_of(port):
    status, _, text = ask(port, "GET", PATHS["model"])
    return json.loads(text).get("version") if status == 200 else None


def until_version(port, version, seconds=20):
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if version_of(port) == version:
            return time.monotonic() - began
        time.sleep(0.05)
    return None


def rollback_drill(port, rows, first, second):
    """Promote a second version, then roll back, while the service runs."""
    before = predict(port, rows)
    drill = {"first": first, "second": second}
    if second is None:
        return drill
    drill["promote"] = command("promote", "--version", drill["second"], "--force")
    drill["seen_s"] = until_version(port, drill["second"])
    drill["between"] = predict(port, rows)
    drill["rollback"] = command("rollback")
    drill["back_s"] = until_version(port, first)
    drill["before"], drill["after"] = before, predict(port, rows)
    return drill


def scrape(folder, moment, ports):
    for track, port in ports.items():
        place = folder / track / moment
        place.mkdir(parents=True, exist_ok=True)
        (place / "pod").write_text(ask(port, "GET", PATHS["metrics"])[2])


def verdict(folder):
    """The project's own verdict on a canary: exit code and what it said."""
    said = Path(f"{folder}.said")
    pid = os.fork()
    if pid == 0:
        with said.open("wb") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        sys.argv = ["canary", str(folder)]
        sys.path.insert(0, "/work/src")
        code = 1
        try:
            runpy.run_module(CANARY, run_name="__main__", alter_sys=True)
        except SystemExit as asked:
            code = asked.code
        sys.stdout.flush()
        os._exit(code)
    return {"exit_code": ended(pid, 30), "said": said.read_text(errors="replace")[-1000:]}


def start_canaries(second):
    """A good canary and a broken one: process and port by name."""
    broken = Path("/tmp/broken-model")
    shutil.copytree(Path("artifacts/models") / second, broken)
    for path in broken.rglob("*"):
        if path.is_file() and path.name != "model.json":
            path.write_bytes(b"broken")
    pinned = {"good": f"/work/artifacts/models/{second}", "broken": str(broken)}
    ports = {name: PORT + 10 + i for i, name in enumerate(pinned)}
    return {name: (start(port, PINNED_MODEL=pinned[name]), port) for name, port in ports.items()}


def canary_drill(stable, canaries, rows):
    """Each canary beside the stable service, with the project's own verdict."""
    drill = {}
    for name, (pid, port) in canaries.items():
        ready = wait_for(port, lambda status, _: status == 200)
        folder, tracks = Path("/tmp/scraped") / name, {"stable": stable, "canary": port}
        sample = predict(port, rows[:1])
        scrape(folder, "before", tracks)
        for row in rows[: PLAN["canary_requests"]]:  # in turn, so that a busy moment of the machine strikes both
            for each in tracks.values():
                predict(each, [row])
        scrape(folder, "after", tracks)
        drill[name] = {"ready_s": ready, "sample": sample, **verdict(folder)}
        stop(pid)
    return drill


def without_model(pid, port):
    """What a service says that has never seen a promotion."""
    wait_for(port, lambda status, _: status != 0)
    answers = {
        "ready": ask(port, "GET", PATHS["ready"]),
        "predict": predict(port, PLAN["rows"][:1]),
        "alive": ask(port, "GET", PATHS["alive"]),
    }
    stop(pid)
    return answers


def counters(port):
    """What the metrics say a moment after the last answer: a request is counted when it has been answered."""
    time.sleep(0.05)
    return ask(port, "GET", PATHS["metrics"])[2]


def speed(pid):
    used = cpu_ms(pid)
    times, statuses = latency(PORT, PLAN["latency_rows"])
    spent = (cpu_ms(pid) - used) / len(PLAN["latency_rows"])
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    requests, failed = throughput(PORT, PLAN["throughput_rows"])
    rows, lost = batches(PORT, PLAN["rows"], PLAN["batch_size"])
    return {"latency_ms": times, "latency_statuses": statuses, "cpu_ms": spent, "load_per_core": load,
            "requests_per_s": requests, "request_failures": failed,
            "rows_per_s": rows, "batch_failures": lost}  # fmt: skip


def whole_lines(text):
    return text[:MAX_LOG].rpartition("\n")[0] + "\n" + text[-MAX_LOG:].partition("\n")[2]


def main():
    report = {}
    began = time.monotonic()
    pid = start(PORT, fresh="speed" in PLAN["drills"])
    ready = wait_for(PORT, lambda status, _: status == 200)
    report["ready_s"] = None if ready is None else time.monotonic() - began
    if ready is not None:
        predict(PORT, PLAN["warm_up"])
        if "speed" in PLAN["drills"]:
            report |= speed(pid)
        scraped = [counters(PORT)]
        report["predictions"] = [predict(PORT, PLAN["rows"][i : i + PLAN["batch_size"]])
                                 for i in range(0, len(PLAN["rows"]), PLAN["batch_size"])]  # fmt: skip
        report["single"] = [predict(PORT, [row]) for row in PLAN["rows"][: PLAN["single"]]]
        report["bad"] = [refused(bad) for bad in PLAN["bad"]]
        report["after_bad"] = predict(PORT, PLAN["rows"][:1])[0]
        report["metrics"] = [*scraped, counters(PORT)]
        if "speed" in PLAN["drills"]:
            report["memory_bytes"] = memory(pid)
        # what is asked later starts while the service is waited for
        empty = start(PORT + 20, ARTIFACTS_DIR="/tmp/no-artifacts")
        if "rollback" in PLAN["drills"] or "canary" in PLAN["drills"]:
            first = version_of(PORT)
            second = register_twin(first)
            canaries = start_canaries(second) if "canary" in PLAN["drills"] and second is not None else {}
            report["rollback"] = rollback_drill(PORT, PLAN["rows"][:20], first, second)
            if canaries:
                report["canary"] = canary_drill(PORT, canaries, PLAN["latency_rows"])
        report["stop"] = stop_in_flight(PORT, pid, PLAN["rows"][: PLAN["batch_size"]])
        report["without_model"] = without_model(empty, PORT + 20)
    elif ended(pid, 0.1) is None:
        stop(pid)
    log = LOGS / str(PORT)
    written = log.read_text(errors="replace") if log.exists() else ""
    report["log"] = written if len(written) <= 2 * MAX_LOG else whole_lines(written)
    content = json.dumps(report).encode()
    REPORT.write_bytes(content)
    print(hashlib.sha256(content).hexdigest())


main()
