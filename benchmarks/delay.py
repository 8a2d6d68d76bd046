"""A TCP proxy that delays every byte, to measure what a distant server feels like; refuses other machines."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

HOST = "127.0.0.1"


@contextmanager
def delayed(port: int, seconds: float) -> Iterator[int]:
    """A port that answers as `port` does, each way half of `seconds` later; ended with the block."""
    found: queue.Queue[tuple[int, Callable[[], object]]] = queue.Queue()

    async def listen() -> None:
        done = asyncio.Event()
        server = await asyncio.start_server(lambda r, w: _serve(r, w, port, seconds / 2), HOST, 0)
        loop = asyncio.get_running_loop()
        found.put((server.sockets[0].getsockname()[1], lambda: loop.call_soon_threadsafe(done.set)))
        await done.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(listen()))
    thread.start()
    door, stop = found.get(timeout=10)
    try:
        yield door
    finally:
        stop()
        thread.join(timeout=10)


async def _serve(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, seconds: float
) -> None:
    there, back = await asyncio.open_connection(HOST, port)
    with suppress(asyncio.CancelledError):  # the proxy ends while a page still holds its connection
        await asyncio.gather(_carry(reader, back, seconds), _carry(there, writer, seconds))


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Bytes in their order, each `seconds` after it came; what comes meanwhile is not held up."""
    waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    clock = asyncio.get_running_loop().time

    async def deliver() -> None:
        while True:
            due, data = await waiting.get()
            await asyncio.sleep(max(0.0, due - clock()))
            if not data:
                break
            writer.write(data)
            await writer.drain()

    delivery = asyncio.ensure_future(deliver())
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            waiting.put_nowait((clock() + seconds, data))
    waiting.put_nowait((clock() + seconds, b""))
    with suppress(ConnectionError):
        await delivery
    with suppress(ConnectionError, RuntimeError):
        writer.close()
