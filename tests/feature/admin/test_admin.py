# SPDX-License-Identifier: Apache-2.0
"""The admin API's server and client, over a real socket."""

import asyncio
import os
import socket
import stat

import pytest
from aiohttp import web

from xds_server.admin import AdminError, AdminServer, read_json_object, stream_json_lines
from xds_server.admin_client import AdminClient, ServerUnreachable
from xds_server.server import GrpcServer
from xds_server.socket_path import ListenError


class Api:
    """Some endpoints of every kind."""

    def __init__(self):
        self.items = asyncio.Queue()
        self.closed = asyncio.Event()

    def routes(self):
        return [
            web.post("/echo", self.echo),
            web.get("/problems", self.problems),
            web.get("/bug", self.bug),
            web.get("/stuck", self.stuck),
            web.get("/lines", self.lines),
        ]

    async def echo(self, request):
        return web.json_response(await read_json_object(request))

    async def problems(self, _request):
        raise AdminError(422, "bad_input", "2 problems", ["a.yaml:1: no", "a.yaml:2: never"])

    async def bug(self, _request):
        raise KeyError("oh")

    async def stuck(self, _request):
        await asyncio.Event().wait()

    async def lines(self, request):
        return await stream_json_lines(request, self._items())

    async def _items(self):
        try:
            while (item := await self.items.get()) is not None:
                yield item
        finally:
            self.closed.set()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "admin.sock"


@pytest.fixture
async def api(path):
    made = Api()
    async with AdminServer(path, made.routes()):
        yield made


@pytest.fixture
async def client(path):
    async with AdminClient(path) as made:
        yield made


async def test_only_the_owner_may_open_the_socket(api, path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_round_trip(api, client):
    assert await client.post("/echo", {"a": [1, "zwei"]}) == {"a": [1, "zwei"]}


async def test_errors_arrive_as_they_were_raised(api, client):
    with pytest.raises(AdminError) as raised:
        await client.get("/problems")
    error = raised.value
    assert (error.status, error.code, error.message) == (422, "bad_input", "2 problems")
    assert error.problems == ("a.yaml:1: no", "a.yaml:2: never")
    assert str(error) == "2 problems\na.yaml:1: no\na.yaml:2: never"


@pytest.mark.parametrize(
    ("method", "where", "status", "code"),
    [
        ("get", "/nowhere", 404, "not_found"),
        ("get", "/echo", 405, "method_not_allowed"),
        ("get", "/bug", 500, "internal"),
    ],
)
async def test_other_errors_are_json_too(api, client, method, where, status, code):
    with pytest.raises(AdminError) as raised:
        await getattr(client, method)(where)
    assert (raised.value.status, raised.value.code) == (status, code)


async def test_a_body_that_is_no_object(api, client):
    with pytest.raises(AdminError, match="not a JSON object"):
        await client.post("/echo", [1])


async def test_lines_come_as_they_happen(api, client):
    lines = client.lines("/lines")
    for number in range(3):
        api.items.put_nowait({"number": number})
        assert await anext(lines) == {"number": number}
    api.items.put_nowait(None)
    assert [line async for line in lines] == []


async def test_a_stream_ends_when_its_reader_leaves(api, client, monkeypatch):
    monkeypatch.setattr("xds_server.admin._SIGN_OF_LIFE", 0.01)
    lines = client.lines("/lines")
    api.items.put_nowait({})
    await anext(lines)
    await lines.aclose()
    async with asyncio.timeout(20):
        await api.closed.wait()


async def test_without_a_server(client, path):
    with pytest.raises(ServerUnreachable, match="no server listens on"):
        await client.get("/")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with pytest.raises(ServerUnreachable, match="no server listens on"):
        await client.get("/")
    with pytest.raises(ServerUnreachable, match="no server listens on"):
        await anext(client.lines("/"))


async def test_a_server_that_does_not_answer(api, client):
    with pytest.raises(ServerUnreachable, match="did not answer GET /stuck within"):
        await client.get("/stuck", timeout=0.01)


async def test_a_server_that_goes_away(path, client):
    api = Api()
    async with AdminServer(path, api.routes()):
        lines = client.lines("/lines")
        api.items.put_nowait({})
        await anext(lines)
    with pytest.raises(ServerUnreachable, match="went away"):
        await anext(lines)
    assert not path.exists()


async def test_a_dead_servers_socket_is_replaced_and_a_live_ones_is_not(api, path):
    with pytest.raises(ListenError, match="another server listens there"):
        await AdminServer(path, []).__aenter__()
    with pytest.raises(ListenError, match="another server listens there"):
        await GrpcServer([], socket_path=path).__aenter__()
    assert path.exists()
    stale = path.with_name("stale.sock")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(stale))
    async with AdminServer(stale, []):
        assert stale.is_socket()


async def test_what_is_no_socket_is_left_alone(path):
    path.write_text("precious")
    with pytest.raises(ListenError, match="is no socket"):
        await AdminServer(path, []).__aenter__()
    assert path.read_text() == "precious"


async def test_a_path_that_no_socket_can_have(tmp_path):
    with pytest.raises(ListenError, match="longer than the 107 bytes"):
        await GrpcServer([], socket_path=tmp_path / ("x" * 200)).__aenter__()


async def test_the_grpc_socket_is_its_owners_and_goes_with_the_server(tmp_path):
    before = os.umask(0)
    os.umask(before)
    path = tmp_path / "xds.sock"
    async with GrpcServer([], socket_path=path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()
    after = os.umask(before)
    assert after == before


async def test_two_servers_cannot_share_a_port():
    async with GrpcServer([], address="127.0.0.1:0") as server:
        assert server.port
        with pytest.raises(ListenError, match=f"cannot listen on 127.0.0.1:{server.port}"):
            await GrpcServer([], address=f"127.0.0.1:{server.port}").__aenter__()
