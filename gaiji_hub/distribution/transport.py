"""伝送: where a channel's bytes come from — a web server, or a folder (shared drive, carried medium).

Both are TUF fetchers, so the same checks follow whichever way the bytes came. Sizes are capped by the caller
(TUF and `updates`); time is capped here, per read and in total. Resuming a cut download (Range) is not built:
files are small and the next sync starts the file again.
"""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import stat
import threading
import urllib.error
import urllib.request
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from tuf.api.exceptions import DownloadError, DownloadHTTPError, SlowRetrievalError
from tuf.ngclient.fetcher import FetcherInterface

from gaiji_hub.errors import BadInput, HubError, NotFound, Refused, Unavailable
from gaiji_hub.files.durable import write_atomic

READ_SECONDS = 20.0
TOTAL_SECONDS = 300.0
CHUNK = 1 << 16
ACKNOWLEDGEMENTS = "/api/v1/acknowledgements"

Response = http.client.HTTPResponse


class BadChannelAddress(BadInput):
    code = "bad_channel_address"
    template = "伝送路の場所が正しくありません: {reason}（http(s)://…/channels/131016-juki またはフォルダ）"


_REPLACE = "gaiji-hub agent token --token-file FILE で登録し直してください"


class TokenMissing(Refused):
    code = "token_missing"
    template = (
        "ハブが認証トークンを求めています。ハブの担当者から受け取り、gaiji-hub agent token --token-file FILE で"
        "登録してください。導入していません"
    )


class TokenRefused(Refused):
    code = "token_refused"
    template = (
        "ハブがこの機械の認証トークンを受け付けません（期限切れ、取消、または別の団体・業務システムのもの。"
        "HTTP {status}）。ハブの担当者に確かめ、gaiji-hub agent token --token-file FILE で登録し直してください。"
        "導入していません"
    )


class UnknownChannel(NotFound):
    code = "unknown_channel"
    template = (
        "ハブに伝送路 {channel} がありません（まだ配布がないか、この機械の認証トークンでは見えません。HTTP 404）。"
        "登録した場所と認証トークンを確かめてください。導入していません"
    )


class Undelivered(Unavailable):
    code = "undelivered"
    template = "受領通知を届けられませんでした（{reason}）。次の同期で送り直します"


class NoticeRefused(Undelivered):
    code = "notice_refused"
    template = "ハブが受領通知を受け付けません（{reason}）。控えに残し、あとの通知を先に送ります"


_NOT_TAKEN = {
    401: f"認証トークンがないか、受け付けられません。{_REPLACE}（HTTP 401）",
    403: f"この認証トークンでは受領を知らせられません。{_REPLACE}（HTTP 403）",
    404: "この受信側がハブに登録されていません。ハブで gaiji-hub member add を実行してください（HTTP 404）",
}
# Client errors that pass: the operator or the hub puts them right, or it was too early or too much at once. Unknown
# (404) is one: a member is registered late, and a publication is on the channel before the hub has recorded it.
_PASSING = frozenset((401, 403, 404, 408, 425, 429))


class Channel(FetcherInterface):
    """A source of a channel's files. `base` is the prefix of every address it fetches, without final slash."""

    base: str

    @abstractmethod
    def deliver(self, name: str, data: bytes) -> None:
        """Hand over one acknowledgement (`name` is unique for its content); `Undelivered` when it did not arrive,
        `NoticeRefused` when it never will.
        """

    def refusal(self, _status: int) -> HubError | None:
        """What an HTTP status of a read means to the operator, where it means more than its number."""
        return None


def open_channel(address: str, token: str = "") -> Channel:
    """The channel at `http(s)://…`, `file://…` or a folder path; `BadChannelAddress` for anything else.

    `token` goes with every request to a web server; a folder needs none.
    """
    parts = urlsplit(address)
    if parts.scheme in ("http", "https"):
        if not parts.hostname or parts.query or parts.fragment or parts.username or parts.password:
            raise BadChannelAddress(reason="接続先だけを指定してください")
        return HttpChannel(address.rstrip("/"), token=token)
    if parts.scheme == "file":
        return FolderChannel(Path(urllib.request.url2pathname(parts.path)))
    if "://" in address:
        raise BadChannelAddress(reason="使えない方式です")
    return FolderChannel(Path(address).absolute())


def channel_of(address: str) -> str:
    """The last part of the address: the channel's name, to be checked by `parse_channel_name`."""
    return PurePosixPath(urlsplit(address).path if "://" in address else Path(address).absolute().as_posix()).name


class FolderChannel(Channel):
    """A channel folder on a drive or medium. Only regular files are read, so a pipe or device cannot hang the agent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base = folder.as_posix()

    def _fetch(self, url: str) -> Iterator[bytes]:
        relative = PurePosixPath(url.removeprefix(self.base).lstrip("/"))
        if ".." in relative.parts:
            raise DownloadHTTPError("outside the channel", 403)
        try:
            handle = os.open(self.folder / relative, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except (FileNotFoundError, NotADirectoryError):
            raise DownloadHTTPError("no such file", 404) from None
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise DownloadError("not a regular file")
            while chunk := file.read(CHUNK):
                yield chunk

    def deliver(self, name: str, data: bytes) -> None:
        place = self.folder / "acks" / name
        try:
            if place.exists():
                if place.read_bytes() != data:
                    raise Undelivered(reason="同じ名前の別の通知があります")
                return
            write_atomic(place, data, shared=True)  # the hub collects it as another user
        except OSError as error:
            raise Undelivered(reason=error.strerror or type(error).__name__) from None


class HttpChannel(Channel):
    """A channel below a web server. Proxies come from the machine's own settings; redirects are not followed.

    `total_seconds` ends a request that dribbles on, `read_seconds` one that is silent. `token` is sent to the origin
    of `base` and to no other.
    """

    def __init__(
        self, base: str, read_seconds: float = READ_SECONDS, total_seconds: float = TOTAL_SECONDS, token: str = ""
    ) -> None:
        self.base = base
        self.read_seconds = read_seconds
        self.total_seconds = total_seconds
        self._token = token
        self._asked = ""

    @property
    def hub(self) -> str:
        """The hub's own address: what stands before `/channels/…`, else the server's root."""
        before, found, _ = self.base.rpartition("/channels/")
        if found:
            return before.removesuffix("/api/v1")
        parts = urlsplit(self.base)
        return f"{parts.scheme}://{parts.netloc}"

    def _fetch(self, url: str) -> Iterator[bytes]:
        self._asked = url
        with self._open(self._request(url)) as (response, watch):
            yield from _body(response, watch)

    def deliver(self, name: str, data: bytes) -> None:
        request = self._request(self.hub + ACKNOWLEDGEMENTS, data)
        request.add_header("Content-Type", "application/json")
        request.add_header("Idempotency-Key", name)
        try:
            with self._open(request):
                return
        except DownloadHTTPError as error:
            raise _not_taken(error.status_code) from None
        except DownloadError:
            raise Undelivered(reason="ハブに接続できません") from None

    def _request(self, url: str, data: bytes | None = None) -> urllib.request.Request:
        # The scheme was checked by open_channel and redirects are refused, so only http(s) is opened.
        request = urllib.request.Request(url, data=data, headers={"User-Agent": "gaiji-hub-agent"})  # noqa: S310
        if self._token and _origin(url) == _origin(self.base):
            # Unredirected: should redirects ever be followed, the token still is not carried along.
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        return request

    def refusal(self, status: int) -> HubError | None:
        if status == 401 and not self._token:
            return TokenMissing()
        if status in (401, 403):
            return TokenRefused(status=status)
        # A channel without its first file is not there; without another file it is damaged.
        first = status == 404 and self._asked.endswith("/timestamp.json")
        return UnknownChannel(channel=channel_of(self.base)) if first else None

    @contextmanager
    def _open(self, request: urllib.request.Request) -> Iterator[tuple[Response, Watch]]:
        """The response of one request under both time limits; every failure as one of TUF's `DownloadError`s."""
        with Watch(self.total_seconds) as watch:
            try:
                # As in _request: only http(s) can get here.
                with opener(watch).open(request, timeout=self.read_seconds) as response:
                    yield response, watch
            except urllib.error.HTTPError as error:
                error.close()
                raise DownloadHTTPError("refused by the server", error.code) from None
            except (OSError, http.client.HTTPException) as error:
                raise _download_error(error, watch) from None


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _not_taken(status: int) -> Undelivered:
    reason = _NOT_TAKEN.get(status, f"HTTP {status}")
    for_good = 400 <= status < 500 and status not in _PASSING
    return NoticeRefused(reason=reason) if for_good else Undelivered(reason=reason)


def _download_error(error: Exception, watch: Watch) -> DownloadError:
    reason = getattr(error, "reason", error)
    if watch.expired or isinstance(reason, TimeoutError):
        return SlowRetrievalError("too slow")
    return DownloadError(type(error).__name__)


def _body(response: Response, watch: Watch) -> Iterator[bytes]:
    """The body in pieces as they arrive. A short body is a cut connection, not a changed file."""
    received = 0
    while chunk := response.read1(CHUNK):
        received += len(chunk)
        yield chunk
    if watch.expired:
        raise SlowRetrievalError("total deadline")
    declared = response.headers.get("Content-Length")
    if declared is not None and declared.isdigit() and received < int(declared):
        raise DownloadError("connection cut")


class Watch:
    """Shuts the connections of a request when its total time is over, wherever it waits (TLS, headers, body)."""

    def __init__(self, seconds: float) -> None:
        self.expired = False
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Watch:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        for one in self._sockets:
            one.close()

    def add(self, connected: socket.socket) -> None:
        """Watch a connection. Through a duplicate, because urllib and TLS take the original away."""
        self._sockets.append(connected.dup())

    def _expire(self) -> None:
        self.expired = True
        for one in self._sockets:
            # A connection that is gone already needs nothing.
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class _Connection(http.client.HTTPConnection):
    watch: Watch

    def connect(self) -> None:
        super().connect()
        self.watch.add(self.sock)


class _TlsConnection(http.client.HTTPSConnection, _Connection):
    """TLS over a watched connection: the base order puts `_Connection.connect` before the handshake."""


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.watch = watch

    def http_open(self, req: urllib.request.Request) -> Response:
        return self.do_open(_watched(_Connection, self.watch), req)


class _Tls(urllib.request.HTTPSHandler):
    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.watch = watch

    def https_open(self, req: urllib.request.Request) -> Response:
        return self.do_open(_watched(_TlsConnection, self.watch), req, context=ssl.create_default_context())


def _watched(kind: type[_Connection], watch: Watch) -> Callable[..., _Connection]:
    def connect(host: str, **options: Any) -> _Connection:
        connection = kind(host, **options)
        connection.watch = watch
        return connection

    return connect


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """No redirect is followed: the answer stays the 3xx it is, and ends as an error."""
        return


def opener(watch: Watch) -> urllib.request.OpenerDirector:
    """What opens http(s) addresses under `watch`, through the machine's proxies, without following redirects."""
    return urllib.request.build_opener(_Plain(watch), _Tls(watch), _NoRedirect())
