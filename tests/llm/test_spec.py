"""The words after `--model`."""

from __future__ import annotations

import subprocess
import sys

import pytest

from agent_graph.errors import BadInput
from agent_graph.llm import PLAYBOOK, Door, Models, ModelSpec, parse_model, parse_models

LOCAL = "http://localhost:11434/v1"
OPENAI = "https://api.openai.com/v1"


@pytest.mark.parametrize(
    ("word", "base_url", "spec"),
    [
        ("playbook", None, PLAYBOOK),
        ("openai:gpt-5.4", None, ModelSpec("openai", "gpt-5.4", OPENAI)),
        ("openai:ft:gpt-4.1:org::id", None, ModelSpec("openai", "ft:gpt-4.1:org::id", OPENAI)),
        ("openai:gpt-5.4", LOCAL + "/", ModelSpec("openai", "gpt-5.4", LOCAL)),
        ("qwen2.5-coder:7b", LOCAL, ModelSpec("openai", "qwen2.5-coder:7b", LOCAL)),
        (f"qwen2.5-coder:7b@{LOCAL}", None, ModelSpec("openai", "qwen2.5-coder:7b", LOCAL)),
        (f"openai:qwen@{LOCAL}", "http://elsewhere/v1", ModelSpec("openai", "qwen", LOCAL)),
        ("org/name", "HTTP://GPU.lan:8000/V1", ModelSpec("openai", "org/name", "http://gpu.lan:8000/V1")),
        ("anthropic:claude-sonnet-4-5", LOCAL, ModelSpec("anthropic", "claude-sonnet-4-5")),
        ("google:gemini-2.5-pro", None, ModelSpec("google", "gemini-2.5-pro")),
        ("mistralai:large", None, ModelSpec("mistralai", "large")),
    ],
)
def test_every_form_names_its_model(word: str, base_url: str | None, spec: ModelSpec) -> None:
    parsed = parse_model(word, base_url, {})
    assert parsed == spec
    assert parse_model(str(parsed), None, {}) == parsed, "what reports call it can be given again"


def test_openais_own_variable_names_the_server_as_in_its_client() -> None:
    assert parse_model("openai:x", None, {"OPENAI_BASE_URL": LOCAL}).base_url == LOCAL


@pytest.mark.parametrize(
    ("word", "base_url", "words"),
    [
        ("gpt-5.4", None, "names no provider and no server"),
        ("", None, "names no provider"),
        ("openai:", None, "lacks the model's name"),
        ("GPT:x", None, "names no provider"),
        ("plumber=openai:x", None, "'plumber' is no role; the roles are data_engineer"),
        ("x", "ftp://host/v1", "is no web address"),
        ("x", "localhost:11434", "is no web address"),
        ("x", "http://user:secret-word@host/v1", "put the key into the environment"),
        ("x", "http://host/v1?key=secret-word", "put the key into the environment"),
        ("x", "http://[bad/v1", "can't be read"),
        ("x", "http://host:port/v1", "can't be read"),
    ],
)
def test_words_that_name_no_model_are_refused_in_one_line(word: str, base_url: str | None, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_models([word], base_url, {})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "secret-word" not in str(caught.value)


def test_one_model_for_all_and_exceptions_by_role() -> None:
    models = parse_models(["openai:a", "ml-engineer=openai:b", "python_pro = playbook"], environment={})
    assert str(models.of("data_engineer")) == "openai:a"
    assert str(models.of("ml_engineer")) == "openai:b"
    assert models.of("python_pro") is PLAYBOOK
    assert [str(spec) for spec in models.all] == ["openai:a", "openai:b"]
    assert parse_models([]) == Models()


@pytest.mark.parametrize(
    ("word", "remedy"),
    [
        ("anthropic:claude", r"pip install 'agent-graph\[anthropic\]'"),
        ("google:gemini", r"pip install 'agent-graph\[google\]'"),
        ("mistralai:large", "pip install 'langchain langchain-mistralai'"),
    ],
)
def test_a_provider_whose_package_is_absent_is_refused_with_what_to_install(word: str, remedy: str) -> None:
    import importlib.util

    module = {"anthropic": "langchain_anthropic", "google": "langchain_google_genai"}.get(
        word.partition(":")[0], "langchain"
    )
    if importlib.util.find_spec(module):
        pytest.skip(f"not checked ({module} is installed)")
    with pytest.raises(BadInput, match=remedy):
        Door(parse_models([word], environment={}), environment={})


def test_the_package_and_a_run_of_playbooks_load_no_client() -> None:
    code = (
        "import sys\nfrom agent_graph.llm import Door, Models\nDoor(Models()).close()\n"
        "print([name for name in ('openai', 'httpx2', 'langchain_core', 'langgraph') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
