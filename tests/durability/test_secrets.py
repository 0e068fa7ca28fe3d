"""A key is in the environment and in the client's header, and nowhere else, whatever happens to a run.

Keys are canaries, looked for in every byte that a run leaves behind: record with its log and free pages, exports,
output at every verbosity, tracebacks, process list; as they are, escaped for JSON or an address, and in base64. The
runs are processes of their own; the server gives back what it is told wherever a server can.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import re
import signal
import subprocess
import sys
import time
import traceback
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from commandline import SURVEY, Cli
from hypothesis import given
from hypothesis import strategies as st
from servers.fixture import LoopbackServer

from simulator.engines.factory import make_engine
from simulator.engines.foreign_text import shown_url
from simulator.engines.openai_compatible import OpenAICompatibleEngine
from simulator.engines.secrets import SHORTEST, holds, names_secret, secret_places, without
from simulator.errors import EngineError, RunSpecError
from simulator.messages import Message, Request
from simulator.store.reader import Reader

CANARY = 'sk-proj-K4n4r1/+="q\\uE9~7f31b0'
"""A key with everything that an encoding changes."""
OWN_CANARY = "own-K4n4r1enV0gel-55aa1c"
ECHOES = ("400", "401", "500", "html", "said", "model", "error", "redirect")
REQUEST = Request(messages=(Message("user", "1. Yes\n2. No"),))


def traces(found: bytes | str, key: str = CANARY) -> list[str]:
    """Where a text or a file holds the key: a part of it long enough to be no chance, in any form."""
    text = found.decode("utf-8", "replace") if isinstance(found, bytes) else found
    parts = re.findall("[A-Za-z0-9]{6,}", key)  # no encoding but base64 changes these
    encoded = [b64encode(b"\0" * shift + key.encode()).decode().rstrip("=")[4:-4] for shift in range(3)]
    places = [text.find(part) for part in (*parts, *encoded)]
    return [text[max(0, place - 40) : place + 60] for place in places if place >= 0]


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI", "LANG"))}
    return kept | {"VOXPOP_RUNS": str(folder / "runs"), "OPENAI_API_KEY": CANARY, "PYTHONIOENCODING": "utf-8"} | more


def start(folder: Path, *typed: str, options: tuple[str, ...] = (), **more: str) -> subprocess.Popen[bytes]:
    (folder / "s.toml").write_text(SURVEY, encoding="utf-8")
    command = [sys.executable, *options, "-m", "voxpop", *typed]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=folder, env=environment(folder, **more), **pipes)  # type: ignore[call-overload,no-any-return]


def asked(server: LoopbackServer, *more: str, model: str = "loopback-model", n: int = 4) -> tuple[str, ...]:
    where = ("--engine", "openai_compatible", "--base-url", server.base_url, "--model", model)
    return ("run", "--survey", "s.toml", "--n", str(n), "--name", "asked", *where, *more)


def check_clean(folder: Path, *outputs: bytes, key: str = CANARY) -> None:
    """No byte of the outputs or of any file in the folder holds the key."""
    for output in outputs:
        assert traces(output, key) == []
    for path in folder.rglob("*"):
        assert traces(str(path), key) == []
        if path.is_file():
            assert traces(path.read_bytes(), key) == [], path


def test_the_search_finds_every_form() -> None:
    header = f"Bearer {CANARY}"
    for form in (header, quote(header), b64encode(header.encode()).decode(), repr({"a": CANARY}), f"x{CANARY[:30]}y"):
        assert traces(form), form
    assert not traces("sk-proj-something-else and Bearer tokens")


# ---- what a run leaves behind ----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("echo", ECHOES)
def test_a_server_that_gives_the_key_back(echo: str, tmp_path: Path, loopback_server: LoopbackServer) -> None:
    model = f"fault:echo-{echo}"
    quick = ("--set", "engine.max_attempts=2", "--set", "fieldwork.passes=1")
    outputs = []
    for verb in (asked(loopback_server, *quick, model=model), ("resume", "asked"), ("resume", "asked", "--json")):
        with start(tmp_path, *verb) as process:
            outputs += process.communicate()
        # A request that is refused by itself is an answer's end (`error`), and then nothing is left to resume.
        assert process.returncode in ((0, 3, 4) if echo == "400" else (3, 4)), outputs
    for verb in ("status", "show", "show asked r0000 --prompts --json"):
        name, *rest = verb.split()
        with start(tmp_path, name, *(rest or ["asked"])) as process:
            outputs += process.communicate()
    assert b"Traceback" not in b"".join(outputs)
    check_clean(tmp_path, *outputs)
    assert loopback_server.seen()["last_authorization"] == f"Bearer {CANARY}"
    with Reader(tmp_path / "runs/asked/record.sqlite") as reader:
        assert all(row.completion is None for row in reader.exchanges())
        told = " ".join(row.error or "" for row in reader.exchanges())
    if echo == "said":
        assert "repeats the key" in told


@pytest.mark.slow
def test_a_whole_run_and_every_export(tmp_path: Path, loopback_server: LoopbackServer) -> None:
    outputs = []
    exports = [("export", "asked", f"a.{ending}") for ending in ("csv", "parquet", "jsonl", "sav")]
    own = ("--set", "engine.api_key_env=MY_SERVER", "--set", "engine.extra_body.user='me'")
    for verb in (
        asked(loopback_server, *own),
        ("status", "asked", "--json"),
        ("show", "asked", "r0000", "--json", "--prompts"),
        ("compare", "asked", "--json"),
        *exports,
        ("export", "asked", "w.csv", "--format", "csv-wide"),
        (
            "doctor",
            "--engine",
            "openai_compatible",
            "--base-url",
            loopback_server.base_url,
            "--model",
            "loopback-model",
        ),
    ):
        with start(tmp_path, *verb, MY_SERVER=OWN_CANARY) as process:
            outputs += process.communicate()
        assert process.returncode == 0, outputs[-1]
    for key in (CANARY, OWN_CANARY):
        check_clean(tmp_path, *outputs, key=key)


# ---- verbosity, crashes, processes -----------------------------------------------------------------------------------

LOUD = """
import faulthandler, logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
for name in ("openai", "httpx", "httpx2", "httpcore", "aiohttp", "asyncio", "langgraph", "voxpop", "simulator"):
    logging.getLogger(name).setLevel(logging.DEBUG)
faulthandler.enable()
from voxpop.cli import call
sys.exit(call(sys.argv[1:]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("model", ["loopback-model", "fault:echo-401", "fault:echo-said", "fault:reset"])
def test_the_loudest_logs(model: str, tmp_path: Path, loopback_server: LoopbackServer) -> None:
    (tmp_path / "s.toml").write_text(SURVEY, encoding="utf-8")
    typed = asked(loopback_server, "--set", "engine.max_attempts=2", model=model)
    command = [sys.executable, "-X", "dev", "-c", LOUD, *typed]
    loud = environment(tmp_path, PYTHONASYNCIODEBUG="1", OPENAI_LOG="debug")
    done = subprocess.run(command, cwd=tmp_path, env=loud, capture_output=True, check=False)
    assert done.returncode == (0 if model == "loopback-model" else 4)
    assert b"DEBUG:asyncio" in done.stderr
    check_clean(tmp_path, done.stdout, done.stderr)


BROKEN = """
import sys
from typing import Any
import aiohttp
def request(self: Any, *args: Any, headers: Any, **kwargs: Any) -> Any:
    raise LookupError("a bug inside the client")
aiohttp.ClientSession.request = request
from voxpop.cli import call
sys.exit(call(sys.argv[1:]))
"""


@pytest.mark.slow
def test_a_bug_leaves_a_traceback_without_the_key(tmp_path: Path, loopback_server: LoopbackServer) -> None:
    (tmp_path / "s.toml").write_text(SURVEY, encoding="utf-8")
    command = [sys.executable, "-X", "dev", "-c", BROKEN, *asked(loopback_server)]
    done = subprocess.run(command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, check=False)
    assert done.returncode == 1
    assert b"a bug inside the client" in done.stderr
    check_clean(tmp_path, done.stdout, done.stderr)


def family(pid: int) -> Iterator[int]:
    """The process and everything it has started."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from family(int(child))


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGABRT, signal.SIGKILL])
def test_stopped_in_the_middle(how: signal.Signals, tmp_path: Path, loopback_server: LoopbackServer) -> None:
    if not Path("/proc/self/cmdline").exists():
        pytest.skip("this system shows no processes under /proc")
    loopback_server.control(latency_seconds=0.05)
    with start(tmp_path, *asked(loopback_server, n=4000), options=("-X", "faulthandler")) as process:
        while loopback_server.seen()["chat_requests"] < 40:
            assert process.poll() is None
            time.sleep(0.05)
        for pid in family(process.pid):
            for shown in ("cmdline", "comm", "status"):
                assert traces(Path(f"/proc/{pid}/{shown}").read_bytes()) == []
        check_clean(tmp_path)  # the record's log is there now
        process.send_signal(how)
        outputs = process.communicate(timeout=60)
    check_clean(tmp_path, *outputs)


# ---- in the process --------------------------------------------------------------------------------------------------


def test_objects_that_hold_the_client_do_not_show_it(
    loopback_server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)

    async def ask() -> tuple[OpenAICompatibleEngine, EngineError]:
        engine = OpenAICompatibleEngine("fault:echo-401", loopback_server.base_url)
        with pytest.raises(EngineError) as caught:
            await engine.complete(REQUEST)
        session = engine._session
        assert session is not None
        lines = session.lines
        shown = (
            engine,
            vars(engine),
            session,
            session.place,
            lines,
            lines.new(),
            engine.complete,
            asyncio.current_task(),
        )
        for text in map(repr, shown):
            assert traces(text) == []
        assert traces(pickle.dumps(engine)) == []
        await engine.close()
        return engine, caught.value

    engine, error = asyncio.run(ask())
    assert error.__cause__ is None
    assert error.__context__ is None
    for text in (repr(error), str(error), "".join(traceback.format_exception(error)), repr(error.__dict__)):
        assert traces(text) == []
    assert traces(pickle.dumps(error)) == []
    assert traces(pickle.dumps(engine)) == []


# ---- keys where they do not belong -----------------------------------------------------------------------------------

ADDRESSES = (
    "http://me:{}@127.0.0.1:8000/v1",
    "http://{}@127.0.0.1/v1",
    "http://me:a/{}@127.0.0.1/v1",
    "http://me:12/{}@127.0.0.1/v1",
    "http://me:a?{}@127.0.0.1/v1",
    "http://me:a#{}@127.0.0.1/v1",
    "http://127.0.0.1/v1?key={}",
    "http://127.0.0.1/v1#{}",
    "http://127.0.0.1/v1?mail=a@{}",
    "me:{}@127.0.0.1:8000",
    "http:/me:{}@127.0.0.1",
    "//me:{}@127.0.0.1",
    "http://me:{}@[::1",
)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("verb", ["run", "doctor"])
def test_an_address_with_a_password_is_refused_without_repeating_it(address: str, verb: str, cli: Cli) -> None:
    given = ("--engine", "openai_compatible", "--model", "m", "--base-url", address.format(OWN_CANARY))
    told = cli(verb, *given)
    assert traces(told.out + told.err, OWN_CANARY) == []
    assert "base_url" in told.out + told.err
    assert told.status != 0
    assert not Path("runs").exists()


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(["@", "/", "?", "#", ":", ""]))
def test_no_part_of_a_password_is_shown_whatever_it_holds(before: str, after: str, mark: str) -> None:
    shown_url(before + mark + after)  # never raises
    assert OWN_CANARY not in shown_url(f"http://me:{before}{mark}{OWN_CANARY}{mark}{after}@host/v1")


REFUSED = {
    "engine.api_key": "api_key_env",
    "engine.extra_body.api_key": "looks like a secret",
    "engine.extra_body.headers.Authorization": "looks like a secret",
    "engine.extra_body.x.y.accessToken": "looks like a secret",
}


@pytest.mark.parametrize("place", REFUSED)
def test_a_key_in_a_specification_is_refused(place: str, cli: Cli) -> None:
    given = ("--engine", "openai_compatible", "--model", "m", "--base-url", "http://127.0.0.1:9/v1")
    told = cli("run", *given, "--set", f"{place}={OWN_CANARY}")
    assert told.status == 2
    assert REFUSED[place] in told.message()
    assert traces(told.err, OWN_CANARY) == []
    assert not Path("runs").exists()


@pytest.mark.parametrize("place", ["engine.model", "engine.extra_body.user", "population.label"])
def test_the_value_of_the_variable_stands_nowhere_in_a_specification(
    place: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", OWN_CANARY)
    given = ("--engine", "openai_compatible", "--base-url", "http://127.0.0.1:9/v1", "--n", "2")
    told = cli("run", *given, "--set", "engine.model=m", "--set", f"{place}={OWN_CANARY}")
    assert told.status == 2
    assert "OPENAI_API_KEY" in told.message()
    assert traces(told.err, OWN_CANARY) == []
    assert not list(Path().rglob("*.sqlite*"))


CHAT_MODELS = (
    "langchain_openai:ChatOpenAI(model='m', api_key='{}')",
    "langchain_openai:ChatOpenAI(model='m', api_key='{}'",
    "langchain_openai:ChatOpenAI('{}')",
    "langchain_openai:ChatOpenAI(model='m', default_headers={{'Authorization': 'Bearer {}'}})",
    "langchain_openai:ChatOpenAI(model='m', extra_body={{'x': [{{'apiKey': '{}'}}]}})",
    "langchain_openai:ChatOpenAI(model='m', base_url='http://me:{}@host/v1')",
    "langchain_openai:ChatOpenAI(model='m', base_url='http://host/v1?key={}')",
    "ChatOpenAI(api_key='{}')",
    "no_such_package:Chat(model='{}', api_key='{}')",
    "langchain_openai:ChatOpenAI(model='m', temperature='{}')",
)


@pytest.mark.parametrize("written", CHAT_MODELS)
def test_a_key_in_a_chat_model_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(RunSpecError) as caught:
        make_engine("langchain_model", {"chat_model": written.replace("{}", OWN_CANARY)}, seed=0)
    whole = "".join(traceback.format_exception(caught.value))
    assert traces(str(caught.value), OWN_CANARY) == []
    # Lines of this file are in a traceback; the key is put in by `replace` and stands in none of them.
    assert traces(whole, OWN_CANARY) == []


def test_names_of_secrets() -> None:
    secret = "api_key X-API-Key openaiApiKey apikey accessToken Authorization client_secret DB_PASSWORD key private_key"
    assert all(names_secret(name) for name in secret.split())
    plain = "max_tokens top_k api_key_env prompt_cache_key stop_token_ids monkey keyboard tokenizer secretary"
    assert not any(names_secret(name) for name in plain.split())
    assert list(secret_places({"a": [{"token": "x"}, {"token": 7}], "b": {"c": {"Api-Key": "y"}}})) == [
        "a.token",
        "b.c.Api-Key",
    ]


KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=SHORTEST, max_size=60)


@given(key=KEYS, before=st.binary(max_size=5), after=st.binary(max_size=5))
def test_every_form_of_a_key_is_found_and_taken_out(key: str, before: bytes, after: bytes) -> None:
    encoded = b64encode(before + key.encode() + after).decode()
    for text in (key, quote(key, safe=""), repr(key), encoded, f"a {key} b {encoded}"):
        assert holds(text, (key,))
        assert not holds(without(text, (key,)), (key,))
    assert not holds(key, ("EMPTY", "none"))


def test_nothing_in_the_documentation_looks_like_a_real_key() -> None:
    root = Path(__file__).resolve().parents[2]
    for path in [root / "README.md", *(root / "docs").rglob("*.md"), *(root / "runs").glob("*.toml")]:
        assert not re.search(r"sk-[A-Za-z0-9_-]{20,}", path.read_text(encoding="utf-8")), path
