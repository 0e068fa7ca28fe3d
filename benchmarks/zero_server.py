"""A chat-completions server that costs next to nothing: one process on loopback, the same words in every reply.

    with zero_server() as base_url: ...

Replies have an id of their own and a count of tokens; everything else is constant, so that what is measured is the
client. By hand: `python benchmarks/zero_server.py` prints its address. Knows nothing of voxpop.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

TEXT = "2. I have thought so for years."
MODEL = "zero"


def reply_parts() -> tuple[bytes, bytes]:
    """What stands before and after the reply's number."""
    message = {"role": "assistant", "content": TEXT}
    whole = {
        "id": "chatcmpl-NUMBER",
        "object": "chat.completion",
        "created": 1,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 9, "total_tokens": 109},
    }
    before, after = json.dumps(whole).encode().split(b"NUMBER")
    return before, after


class Server(asyncio.Protocol):
    """One connection: whole requests in, one reply for each."""

    number = 100_000_000_000
    before, after = reply_parts()
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        % (len(before) + 12 + len(after))
    ) + before

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._waiting = b""

    def data_received(self, data: bytes) -> None:
        waiting = self._waiting + data
        while (end := waiting.find(b"\r\n\r\n")) >= 0:
            head = waiting[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(waiting) < end + 4 + length:
                break
            waiting = waiting[end + 4 + length :]
            Server.number += 1
            self._transport.write(self.head + b"%d" % Server.number + self.after)
        self._waiting = waiting


@contextmanager
def zero_server() -> Iterator[str]:
    """The base URL of a server process of its own, which ends with the body (or with this process)."""
    process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(timeout=10)


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Server, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


if __name__ == "__main__":
    asyncio.run(serve())
