"""A judge's run, every call stored durably, against bare clients that store nothing, one provider for all.

`python -m benchmarks.judges` prints calls per second and ratios; `--memory N` runs over N items and prints
how memory grew. The provider is a process of its own on this machine that answers after a fixed time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from annotate_app.desk import Desk, open_desk
from annotate_app.services.importing import import_files
from annotate_app.services.judge_prompts import requests_about
from annotate_app.services.judging import run_judge
from annotate_app.services.rights import HOLDER
from calibration.judges.litellm_judge import load
from rubrics.files import library_rubrics

AT_ONCE, CALLS, DELAY = 64, 960, 0.5
Ask = Callable[[dict[str, Any]], Awaitable[object]]
Make = Callable[[], tuple[Ask, Callable[[], Awaitable[None]]]]  # inside a loop: how to ask, how to close


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--delay", type=float, default=DELAY, help="seconds that the provider takes")
    parser.add_argument("--memory", type=int, metavar="N", help="run over N items and print memory instead")
    args = parser.parse_args()
    os.environ.setdefault("OPENAI_API_KEY", "of-a-benchmark")
    if args.memory:
        memory(args.memory)
    else:
        for line in measured(args.calls, args.delay):
            print(line)


def measured(calls: int = CALLS, delay: float = DELAY) -> list[str]:
    """Calls per second of each, and ours as a ratio to the others; ours is run before and after them."""
    with provider(delay) as address, tempfile.TemporaryDirectory() as folder:
        desk = study(Path(folder), address, calls)
        body = requests_about(desk, "m", "i0", role=HOLDER)[0].body
        rates = {
            "httpx": bare(httpx_asking(address), body, calls),
            "litellm.acompletion": bare(litellm_asking(), body, calls),
            "calibrant judge run": ours(desk, calls),
            "httpx again": bare(httpx_asking(address), body, calls),
            "litellm.acompletion again": bare(litellm_asking(), body, calls),
        }
        desk.close()
    own = rates["calibrant judge run"]
    lines = [f"{AT_ONCE} calls at once, {calls} calls, the provider answers after {delay:g} s"]
    for name, rate in rates.items():
        ratio = "" if rate == own else f", ours / this {own / rate:.2f}"
        lines.append(f"{name}: {rate:.1f} calls/s{ratio}")
    return lines


def ours(desk: Desk, calls: int) -> float:
    load()
    run = run_judge(desk, "m", role=HOLDER)
    if (run.account is None) or (run.account.calls, run.items) != (calls, calls):
        raise RuntimeError(f"the run was cut short: {run}")
    return calls / run.seconds


def bare(ask: Make, body: dict[str, Any], calls: int) -> float:
    """Calls per second of a client in a loop that keeps nothing."""

    async def run() -> float:
        send, close = ask()
        await send(body)
        waiting = asyncio.Semaphore(AT_ONCE)

        async def one() -> None:
            async with waiting:
                await send(body)

        started = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(calls)))
        seconds = time.perf_counter() - started
        await close()
        return calls / seconds

    return asyncio.run(run())


def httpx_asking(address: str) -> Make:
    def make() -> tuple[Ask, Callable[[], Awaitable[None]]]:
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        client = httpx.AsyncClient(limits=limits, timeout=60)

        async def send(body: dict[str, Any]) -> object:
            sent = {name: value for name, value in body.items() if name != "api_base"} | {"model": "m"}
            answer = await client.post(f"{address}/chat/completions", json=sent)
            return answer.json()

        return send, client.aclose

    return make


def litellm_asking() -> Make:
    def make() -> tuple[Ask, Callable[[], Awaitable[None]]]:
        litellm = load()

        async def send(body: dict[str, Any]) -> object:
            return await litellm.acompletion(**body, num_retries=0, max_retries=0)

        return send, litellm.close_litellm_async_clients

    return make


@contextmanager
def provider(delay: float) -> Iterator[str]:
    """A provider in a process of its own; its address."""
    command = [sys.executable, "-m", "benchmarks.provider", "--delay", str(delay), "--seconds", "3000"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.kill()
        process.wait()


def study(folder: Path, address: str, items: int, *, concurrency: int = AT_ONCE) -> Desk:
    """A study of short items with one model judge."""
    (folder / "rubric.yaml").write_text(library_rubrics()["support_answer"].read_text(encoding="utf-8"))
    (folder / "study.toml").write_text(
        f'[study]\nname = "speed"\n[judges.m]\nmodel = "openai/m"\nconcurrency = {concurrency}\n'
        f'[judges.m.parameters]\napi_base = "{address}"\n'
    )
    rows = ({"item_id": f"i{k}", "input": f"question {k}", "output": f"answer {k}"} for k in range(items))
    (folder / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    desk = open_desk(folder)
    import_files(desk, [folder / "items.jsonl"], role=HOLDER)
    return desk


def memory(items: int) -> None:
    """Resident memory while a run goes over many items, at ten moments."""
    seen: list[tuple[int, float]] = []

    def watch(tally: Any) -> None:
        if tally.done >= (len(seen) + 1) * items / 10:
            seen.append((tally.done, resident()))
            print(f"{tally.done:>8,} items, {seen[-1][1]:.0f} MB", flush=True)

    with provider(0.0) as address, tempfile.TemporaryDirectory() as folder:
        desk = study(Path(folder), address, items)
        load()
        run = run_judge(desk, "m", watch=watch, role=HOLDER)
        print(f"{run.items:,} items in {run.seconds:.0f} s, {run.items / run.seconds:.0f} a second")
        desk.close()


def resident() -> float:
    """Megabytes of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
