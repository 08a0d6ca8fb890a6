"""COPA's REST API for Python, in one file. It needs `requests` alone.

    from copa import Copa

    copa = Copa("https://copa.example.org:8000", token="...", ca="ca.crt")
    copa.container_start(container_pool="server1", container_name="web")
    for event in copa.events(type="container"):
        print(event)

Without arguments, `Copa()` takes COPA_ADDR (several addresses are separated by commas), COPA_TOKEN and COPA_CACERT
from the environment. Each operation of the API is a method with the API's own parameter names. A refusal raises
`CopaError`, which has the API's message and code, and the name of the field at fault.
"""

from __future__ import annotations

import json
import os
import re
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Literal, Mapping, Optional, Sequence, Tuple
from typing import TypedDict, TypeVar, Union, cast
from urllib.parse import quote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

if TYPE_CHECKING:
    from typing_extensions import NotRequired

DEFAULT_ADDRESS = "http://127.0.0.1:8000"

#: Seconds for a connection. One that takes longer goes to a wrong address, or a firewall drops it.
CONNECT_TIMEOUT = 10.0
#: The same while there is another address to go to.
CONNECT_TIMEOUT_OF_SEVERAL = 3.0
#: Seconds that a controller may be silent before a read, or a change, goes to the next address, where there is one.
QUIET_TIMEOUT = 2.0
#: Seconds for the answer to a read when all addresses were silent for that long.
ANSWER_TIMEOUT = 15.0
#: A controller that has answered within so many seconds lives: it is not asked before a change.
FRESH = 1.0
#: Seconds without data after which a read fails, and a stream of events is connected again. The controller sends
#: something every 15 s. A change has no limit: it is answered when it is complete.
SILENCE_TIMEOUT = 45.0
RETRY_DELAY_MIN, RETRY_DELAY_MAX = 0.5, 10.0
#: The controller sends no longer line. Raising it raises the memory that a hostile server can use.
LINE_MAX = 4 * 1024 * 1024

_CODES = {
    400: "invalid_argument",
    401: "unauthenticated",
    403: "permission_denied",
    404: "not_found",
    409: "failed_precondition",
    429: "resource_exhausted",
    499: "cancelled",
    502: "unavailable",
    503: "unavailable",
    504: "deadline_exceeded",
}
_FIELD = re.compile(
    r"""^(?:Required\ Field\ '(\w+)'|parameter\ "(\w+)"\ is\ missing|unknown\ parameter\ "(\w+)"
        |(\w+)\ .*?\ is\ not\ valid:)""",
    re.VERBOSE | re.DOTALL,
)
_POSITION = re.compile(r"^[0-9a-z]+-[0-9]+$", re.IGNORECASE)

_Page = TypeVar("_Page")
_Query = Mapping[str, Any]


class CopaError(Exception):
    """What the controller refused, or that it did not answer.

    `message` is for people. `code` is for programs: invalid_argument, unauthenticated, permission_denied, not_found,
    already_exists, failed_precondition, aborted, cancelled, resource_exhausted, unavailable, deadline_exceeded,
    internal, unimplemented. `status` is that of HTTP, None without an answer. `field` is the parameter at fault. `body`
    is the whole answer; that of `/readyz` has more than the message.
    """

    def __init__(self, message: str, code: str, status: Optional[int] = None, body: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.body = body
        #: Whether a change cannot have begun, so that it can be sent elsewhere.
        self.has_not_begun = False
        #: Whether the controller took the request and did not answer in time.
        self.was_silent = False
        found = _FIELD.match(message) if code == "invalid_argument" else None
        self.field: Optional[str] = next((name for name in found.groups() if name), None) if found else None

    @property
    def is_unknown_outcome(self) -> bool:
        """Whether a change may have taken effect nevertheless: read the state before repeating it."""
        return self.code in ("unavailable", "deadline_exceeded", "cancelled")


class _Token(requests.auth.AuthBase):
    """The token, or none. As `auth` of a session it also keeps ~/.netrc out."""

    def __init__(self, token: Optional[str]) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Connection(HTTPSConnection):
    """A failed handshake is no connection. urllib3 itself reports it like a failure after the request."""

    def connect(self) -> None:
        try:
            super().connect()
        except OSError as cause:
            raise NewConnectionError(self, str(cause)) from cause


class _Pool(HTTPSConnectionPool):
    ConnectionCls = _Connection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        super().init_poolmanager(*given, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": HTTPConnectionPool, "https": _Pool}


class Client:
    """The connection: addresses, retries, errors, events. `Copa` adds the operations.

    The rules are those of the TypeScript client (addresses.ts), and one table of cases tests both:

    A read, or a dry run, that gets no answer, or only 502 or 503, is sent to the next address; one that all were slow to
    answer is sent again, with more time. A change is sent to the next one only when it cannot have begun: there was no
    connection, the controller did not answer just before, or it refused the change and says so. Everything else is
    reported, because the outcome is not known. The address that answered last is used first. If none answers, an
    answer counts more than a failure.
    """

    def __init__(
        self,
        address: Union[str, Sequence[str], None] = None,
        *,
        token: Optional[str] = None,
        ca: Optional[str] = None,
    ) -> None:
        given = address or os.environ.get("COPA_ADDR") or DEFAULT_ADDRESS
        parts = given.split(",") if isinstance(given, str) else given
        self.addresses: List[str] = [part.strip().rstrip("/") for part in parts if part.strip()]
        for each in self.addresses:
            url = urlsplit(each)
            if url.scheme not in ("http", "https") or not url.netloc:
                raise ValueError(f"the address {each!r} is not valid: give a URL, like {DEFAULT_ADDRESS}")
        if not self.addresses:
            raise ValueError("no address was given")
        self._preferred = 0
        self._answered: Dict[str, float] = {}
        self._session = requests.Session()
        self._session.mount("https://", _Adapter())
        self._session.auth = _Token(token or os.environ.get("COPA_TOKEN"))
        self._verify: Union[str, bool] = ca or os.environ.get("COPA_CACERT") or True

    def close(self) -> None:
        self._session.close()

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def events(self, *, last_event_id: Optional[str] = None, **query: Any) -> Iterator[Event]:
        """Events as they occur, without end: for `container_pool`, of a `type`, with `usage`.

        When the connection breaks, it is made again, at the next address, and goes on after the last event. Only the
        first connection has to succeed.
        """
        position = last_event_id
        is_first = True
        delay = RETRY_DELAY_MIN
        while True:
            try:
                response = self._stream(query, position)
                is_first = False
                with response:
                    for where, text in _messages(response):
                        position = where or position
                        if text is not None:
                            delay = RETRY_DELAY_MIN
                            yield cast("Event", json.loads(text))
            except requests.RequestException:
                self._leave(self._preferred)
            except CopaError as error:
                if is_first or not error.is_unknown_outcome:
                    raise
            time.sleep(delay)
            delay = min(delay * 2, RETRY_DELAY_MAX)

    def pages(self, read: Callable[..., _Page], *, limit: int = 1000, **query: Any) -> Iterator[_Page]:
        """A long list, page by page: `copa.pages(copa.list_pools)`."""
        after: Optional[str] = None
        while True:
            page = read(**query, limit=limit, after=after)
            yield page
            after = cast(Dict[str, Any], page).get("next")
            if not after:
                return

    def locate(self, container: str) -> str:
        """The pool of a container whose name is unique. Raises `CopaError` with `not_found` or `failed_precondition`."""
        found = [
            pool["name"]
            for page in self.pages(lambda **part: self._read("/REST/overview", part))
            for pool in page["pools"]
            if any(each["name"] == container for each in pool["containers"])
        ]
        if len(set(found)) == 1:
            return str(found[0])
        if not found:
            raise CopaError(f'there is no container "{container}"', "not_found")
        raise CopaError(f'container "{container}" is on several pools: {", ".join(found)}', "failed_precondition")

    def begin_migration(self, *, container_name: str, container_pool: str, destination_pool: str, **options: Any) -> str:
        """Starts a migration, does not wait for its end, and returns its ID. Options as those of `container_migrate`."""
        body = {"operation": "migrate", "container_name": container_name, "container_pool": container_pool}
        body.update(options, destination_pool=destination_pool)
        answer = self._change("POST", "/REST/container", body, {"Prefer": "respond-async"})
        return str(answer["id"])

    def follow_migration(self, id: str, *, poll: float = 0.3, silence: float = 30.0) -> Iterator[Migration]:
        """The state of a migration, again and again until it has ended; the last one is its end.

        The controller may restart meanwhile: `silence` is how many seconds it may not answer.
        """
        answered = time.monotonic()
        while True:
            try:
                view = cast("Migration", self._read(f"/REST/migrations/{quote(id, safe='')}", {}))
                answered = time.monotonic()
                yield view
                if view["state"] != "running":
                    return
            except CopaError as error:
                if not error.is_unknown_outcome or time.monotonic() - answered > silence:
                    raise
            time.sleep(poll)

    def _read(self, path: str, query: _Query) -> Any:
        return _json(self._send_anywhere(path, query, {"Accept": "application/json"}, False))

    def _text(self, path: str) -> str:
        return str(self._send_anywhere(path, {}, {}, False).text)

    def _stream(self, query: _Query, position: Optional[str]) -> requests.Response:
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": position} if position else {})}
        return self._send_anywhere("/REST/events", query, headers, True)

    def _send_anywhere(
        self, path: str, query: _Query, headers: Mapping[str, str], stream: bool
    ) -> requests.Response:
        def send(address: str, patience: Optional[float]) -> requests.Response:
            if stream:
                self._check(address)
            silence = SILENCE_TIMEOUT if stream or patience is None else patience
            return self._send("GET", path, address, silence, headers=headers, params=_words(query), stream=stream)

        return self._attempt(
            send,
            lambda error: error.code == "unavailable" and error.status in (None, 502, 503),
        )

    def _change(self, method: str, path: str, body: Any, headers: Optional[Mapping[str, str]] = None) -> Any:
        sent = None if body is None else body if isinstance(body, list) else _given(body)
        repeats = isinstance(sent, dict) and sent.get("dry_run") is True

        def send(address: str, patience: Optional[float]) -> requests.Response:
            if not repeats:
                self._check(address)
            silence = patience if repeats else None
            return self._send(method, path, address, silence, headers=headers or {}, json=sent, stream=False)

        answer = self._attempt(
            send,
            lambda error: error.has_not_begun or (repeats and error.status in (None, 502, 503)),
        )
        return _json(answer)

    def _attempt(
        self, call: Callable[[str, Optional[float]], requests.Response], goes_on: Callable[[CopaError], bool]
    ) -> requests.Response:
        """Calls `call` for one address after the other, until it succeeds or `goes_on` does not accept its error.

        It gets how long the address may be silent; None: as long as it likes. Silent ones are called again.
        """
        count = len(self.addresses)
        left = [(self._preferred + tried) % count for tried in range(count)]
        patience = None if count == 1 else QUIET_TIMEOUT
        refused: Optional[CopaError] = None
        last: Optional[CopaError] = None
        while left:
            silent: List[int] = []
            for index in left:
                try:
                    result = call(self.addresses[index], patience)
                    self._preferred = index
                    self._answered[self.addresses[index]] = time.monotonic()
                    return result
                except CopaError as error:
                    if error.code == "unavailable":
                        self._leave(index)
                    if not goes_on(error):
                        raise
                    if error.was_silent and patience == QUIET_TIMEOUT:
                        silent.append(index)
                    refused = error if error.status is not None else refused
                    last = error
            left, patience = silent, ANSWER_TIMEOUT
        raise cast(CopaError, refused or last)

    def _check(self, address: str) -> None:
        """Raises an error of something that has not begun unless the controller lives, as far as can be known."""
        is_fresh = time.monotonic() - self._answered.get(address, -FRESH) < FRESH
        if len(self.addresses) == 1 or is_fresh:
            return
        try:
            self._send("GET", "/healthz", address, QUIET_TIMEOUT, stream=False)
        except CopaError as error:
            if error.status is not None:
                return
            error.has_not_begun = True
            raise

    def _leave(self, index: int) -> None:
        """The next request goes to the next address, unless another thread has chosen one meanwhile."""
        if self._preferred == index:
            self._preferred = (index + 1) % len(self.addresses)

    def _send(
        self, method: str, path: str, address: str, silence: Optional[float], *, stream: bool, **more: Any
    ) -> requests.Response:
        is_one = len(self.addresses) == 1
        try:
            response = self._session.request(
                method,
                f"{address}{path}",
                timeout=(CONNECT_TIMEOUT if is_one else CONNECT_TIMEOUT_OF_SEVERAL, silence),
                verify=self._verify,
                allow_redirects=False,
                stream=stream,
                **more,
            )
            if not stream and response.raw.tell() < int(response.headers.get("Content-Length", 0)):
                # `requests` itself does not mind.
                raise requests.ConnectionError("the answer broke off")
        except requests.RequestException as cause:
            failure = CopaError(f"no answer from {address}: {cause}", "unavailable")
            failure.has_not_begun = _was_not_connected(cause)
            failure.was_silent = isinstance(cause, requests.ReadTimeout)
            raise failure from cause
        if 200 <= response.status_code < 300:
            return response
        with response:
            raise _refusal(address, response)


_Self = TypeVar("_Self", bound=Client)


def _given(values: _Query) -> Dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _words(query: _Query) -> Dict[str, Any]:
    """In a query, True is `true`."""
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in _given(query).items()}


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError as cause:
        raise CopaError(f"{response.url} is not a COPA controller", "internal", response.status_code) from cause


def _refusal(address: str, response: requests.Response) -> CopaError:
    status = response.status_code
    try:
        body = response.json()
        message = body["error"]
    except (ValueError, KeyError, TypeError, requests.RequestException):
        return CopaError(
            f"{address} is not a COPA controller: HTTP status {status}", _CODES.get(status, "internal"), status
        )
    code = response.headers.get("X-Copa-Error") or _CODES.get(status, "internal")
    refused = CopaError(str(message), code, status, body)
    refused.has_not_begun = status == 503 and "X-Copa-Not-Begun" in response.headers
    return refused


def _was_not_connected(cause: requests.RequestException) -> bool:
    """Whether the connection could not be made, so that nothing was sent."""
    if isinstance(cause, requests.ConnectTimeout):
        return True
    return isinstance(getattr(cause.args[0] if cause.args else None, "reason", None), NewConnectionError)


def _messages(response: requests.Response) -> Iterator[Tuple[Optional[str], Optional[str]]]:
    """Server-sent events: the position after each, and its data. An idle stream sends the position in a comment."""
    where: Optional[str] = None
    data: List[str] = []
    for line in _lines(response):
        name, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if line == "":
            if where is not None or data:
                yield where, "\n".join(data) if data else None
            where, data = None, []
        elif name == "id":
            where = value
        elif name == "data":
            data.append(value)
        elif name == "" and _POSITION.match(value):
            yield value, None


def _lines(response: requests.Response) -> Iterator[str]:
    rest = b""
    for piece in response.iter_content(chunk_size=None):
        *whole, rest = (rest + piece).split(b"\n")
        if len(rest) > LINE_MAX:
            raise CopaError("an event is too long", "internal")
        for line in whole:
            yield line.rstrip(b"\r").decode("utf-8")


# --- Made of /openapi.json by `npm run types:client`: do not change anything from here on. ---


class Error(TypedDict):
    error: str


class Translations(TypedDict):
    storage: Dict[str, str]
    networks: Dict[str, str]
    profiles: Dict[str, str]


class ListPoolsReplyLimitsValue(TypedDict):
    copies: int
    cutovers: int


class ListPoolsReply(TypedDict):
    pools: List[List[str]]
    translations: NotRequired[Dict[str, Translations]]
    labels: NotRequired[Dict[str, Labels]]
    limits: NotRequired[Dict[str, ListPoolsReplyLimitsValue]]
    scheduling: NotRequired[Dict[str, Literal["active", "cordoned", "evacuating", "evacuated", "restoring"]]]
    next: NotRequired[Union[str, None]]
    success: Literal["pools"]


class PoolAddReply(TypedDict):
    container_pool: str
    local_ip: str
    success: Literal["Container pool added Successfully"]


class PoolMapReply(TypedDict):
    container_pool: str
    translations: Translations
    success: Literal["Translations changed."]


class PoolUnmapReply(TypedDict):
    container_pool: str
    translations: Translations
    success: Literal["Translations changed."]


class PoolLabelReply(TypedDict):
    container_pool: str
    labels: Labels
    success: Literal["Labels changed."]


class PoolLimitReplyLimits(TypedDict):
    copies: int
    cutovers: int


class PoolLimitReply(TypedDict):
    container_pool: str
    limits: PoolLimitReplyLimits
    success: Literal["Limits changed."]


class PoolTestLinkReply(TypedDict):
    container_pool: str
    destination_pool: str
    throughput: float
    bytes: int
    seconds: float
    success: Literal["Link tested."]


class PoolCordonReply(TypedDict):
    container_pool: str
    success: Literal["Pool cordoned."]


class PoolUncordonReply(TypedDict):
    container_pool: str
    success: Literal["Pool uncordoned."]


class EvacuationPlanContainersItemObstaclesItem(TypedDict):
    pool: Union[str, None]
    message: str


class EvacuationPlanContainersItem(TypedDict):
    container: str
    running: bool
    action: Literal["migrate", "stop", "skip"]
    destination: Union[str, None]
    reason: Union[str, None]
    obstacles: List[EvacuationPlanContainersItemObstaclesItem]
    warnings: List[str]
    memory_bytes: int
    used_bytes: int
    seconds: Union[float, None]
    downtime_ms: Union[float, None]
    basis: Union[Literal["measured", "similar", "assumed"], None]


class EvacuationPlan(TypedDict):
    container_pool: str
    target: str
    possible: bool
    containers: List[EvacuationPlanContainersItem]
    seconds: float


class PoolEvacuateReply1ContainersItemObstaclesItem(TypedDict):
    pool: Union[str, None]
    message: str


class PoolEvacuateReply1ContainersItem(TypedDict):
    container: str
    running: bool
    action: Literal["migrate", "stop", "skip"]
    destination: Union[str, None]
    reason: Union[str, None]
    obstacles: List[PoolEvacuateReply1ContainersItemObstaclesItem]
    warnings: List[str]
    memory_bytes: int
    used_bytes: int
    seconds: Union[float, None]
    downtime_ms: Union[float, None]
    basis: Union[Literal["measured", "similar", "assumed"], None]


class PoolEvacuateReply1(TypedDict):
    container_pool: str
    target: str
    possible: bool
    containers: List[PoolEvacuateReply1ContainersItem]
    seconds: float
    success: Literal["Evacuation planned."]


class PoolEvacuateReply2(TypedDict):
    container_pool: str
    evacuation: str
    plan: EvacuationPlan
    success: Literal["Evacuation accepted."]


class PoolDrainReply1ContainersItemObstaclesItem(TypedDict):
    pool: Union[str, None]
    message: str


class PoolDrainReply1ContainersItem(TypedDict):
    container: str
    running: bool
    action: Literal["migrate", "stop", "skip"]
    destination: Union[str, None]
    reason: Union[str, None]
    obstacles: List[PoolDrainReply1ContainersItemObstaclesItem]
    warnings: List[str]
    memory_bytes: int
    used_bytes: int
    seconds: Union[float, None]
    downtime_ms: Union[float, None]
    basis: Union[Literal["measured", "similar", "assumed"], None]


class PoolDrainReply1(TypedDict):
    container_pool: str
    target: str
    possible: bool
    containers: List[PoolDrainReply1ContainersItem]
    seconds: float
    success: Literal["Evacuation planned."]


class PoolDrainReply2(TypedDict):
    container_pool: str
    evacuation: str
    plan: EvacuationPlan
    success: Literal["Evacuation accepted."]


class PoolRestoreReply(TypedDict):
    container_pool: str
    evacuation: str
    success: Literal["Restore accepted."]


class PoolRemoveReply(TypedDict):
    container_pool: str
    success: Literal["Container pool removed successfully."]
    warning: NotRequired[str]


class PoolDeleteReply(TypedDict):
    container_pool: str
    success: Literal["Container pool removed successfully."]
    warning: NotRequired[str]


class Image(TypedDict):
    fingerprint: str
    type: str
    architecture: str
    size_bytes: int
    description: Union[str, None]
    pools: Dict[str, List[str]]


class ListImagesReply(TypedDict):
    images: Dict[str, str]
    details: NotRequired[List[Image]]
    next: NotRequired[Union[str, None]]
    warning: NotRequired[str]
    success: Literal["Operation successful"]


class ImageCopyReply(TypedDict):
    success: Literal["Operation successful"]
    fingerprint: str
    image_pool: str
    destination_pool: str
    copied: bool
    bytes: int
    aliases_added: List[str]
    aliases_taken: List[str]


class Information(TypedDict):
    disk: Any
    memory: Any
    network: Any
    cpu: NotRequired[Any]
    warning: NotRequired[str]


class InformationPage(TypedDict):
    containers: InformationByName
    next: Union[str, None]


class ContainerListContainersReply(TypedDict):
    containers: List[str]
    next: NotRequired[Union[str, None]]


class ContainerListSnapshotsReplySnapshotsItem(TypedDict):
    name: str
    created_at: str


class ContainerListSnapshotsReply(TypedDict):
    snapshots: List[ContainerListSnapshotsReplySnapshotsItem]


class ContainerConsoleLogReply(TypedDict):
    log: str


class PlacementOthersItem(TypedDict):
    pool: str
    reason: str


class PlacementRefusedItem(TypedDict):
    pool: str
    reason: str


class Placement(TypedDict):
    pool: Union[str, None]
    reason: Union[str, None]
    others: List[PlacementOthersItem]
    others_total: int
    refused: NotRequired[List[PlacementRefusedItem]]


class ContainerCreateReply(TypedDict):
    success: Literal["Container created successfully."]
    container_pool: NotRequired[str]
    placement: NotRequired[Placement]
    ip: NotRequired[str]


class ContainerStartReply(TypedDict):
    success: Literal["Operation successful"]


class ContainerStopReply(TypedDict):
    success: Literal["Operation successful"]


class ContainerRestartReply(TypedDict):
    success: Literal["Operation successful"]


class ContainerFreezeReply(TypedDict):
    success: Literal["Operation successful"]


class ContainerUnfreezeReply(TypedDict):
    success: Literal["Operation successful"]


class ContainerDeleteReply(TypedDict):
    success: Literal["Operation successful"]


class PreflightFindingsItem(TypedDict):
    subject: str
    message: str


class PreflightProposal(TypedDict):
    destination_storage: NotRequired[str]
    destination_network: NotRequired[str]
    profiles: NotRequired[Literal["flatten"]]


class PreflightWarningsItem(TypedDict):
    subject: str
    message: str


class PreflightSpace(TypedDict):
    needed_bytes: Union[int, None]
    needed_max_bytes: Union[int, None]
    available_bytes: Union[int, None]


class PreflightContainer(TypedDict):
    status: str
    snapshots: List[str]
    used_bytes: Union[int, None]


class Preflight(TypedDict):
    success: Literal["Preflight finished."]
    possible: bool
    findings: List[PreflightFindingsItem]
    proposal: Union[PreflightProposal, None]
    flags: Union[str, None]
    warnings: List[PreflightWarningsItem]
    space: PreflightSpace
    container: PreflightContainer
    via: Literal["direct", "relay"]
    precopy: bool
    predicted_downtime: Union[PredictedDowntime, None]
    destination_pool: NotRequired[str]
    placement: NotRequired[Placement]


class PredictedDowntime(TypedDict):
    shutdown_ms: float
    last_pass_ms: Union[float, None]
    start_ms: float
    total_ms: Union[float, None]
    samples: int


class Migrated(TypedDict):
    success: Literal["Container migrated successfully."]
    warning: NotRequired[str]
    warnings: NotRequired[List[str]]
    destination_pool: NotRequired[str]
    placement: NotRequired[Placement]


class MigrationAccepted(TypedDict):
    success: Literal["Migration accepted."]
    id: str
    migration: str
    destination_pool: NotRequired[str]
    placement: NotRequired[Placement]


class ContainerRenameReply(TypedDict):
    success: Literal["Operation successful"]


class ContainerCopyReply(TypedDict):
    success: Literal["Operation successful"]


class ContainerLimitsReply(TypedDict):
    success: Literal["Operation successful"]


class ContainerLabelReply(TypedDict):
    success: Literal["Operation successful"]


class ContainerAttachReply(TypedDict):
    success: Literal["Operation successful"]
    ip: str


class ContainerDetachReply(TypedDict):
    success: Literal["Operation successful"]


class ContainerExecReply(TypedDict):
    success: Literal["Operation successful"]
    exit_code: int
    stdout: str
    stderr: str
    truncated: NotRequired[Literal[True]]


class ContainerSnapshotReply(TypedDict):
    success: Literal["Operation successful"]


class ContainerRestoreReply(TypedDict):
    success: Literal["Operation successful"]


class ContainerDeleteSnapshotReply(TypedDict):
    success: Literal["Operation successful"]


class BatchEntry(TypedDict):
    container_pool: str
    container_name: str
    outcome: Literal["done", "failed", "skipped"]
    error: NotRequired[str]
    code: NotRequired[str]


class BatchStartReply(TypedDict):
    success: NotRequired[Literal["Operation successful"]]
    warning: NotRequired[str]
    containers: List[BatchEntry]
    done: int
    failed: int
    skipped: int


class BatchStopReply(TypedDict):
    success: NotRequired[Literal["Operation successful"]]
    warning: NotRequired[str]
    containers: List[BatchEntry]
    done: int
    failed: int
    skipped: int


class BatchRestartReply(TypedDict):
    success: NotRequired[Literal["Operation successful"]]
    warning: NotRequired[str]
    containers: List[BatchEntry]
    done: int
    failed: int
    skipped: int


class BatchSnapshotReply(TypedDict):
    success: NotRequired[Literal["Operation successful"]]
    warning: NotRequired[str]
    containers: List[BatchEntry]
    done: int
    failed: int
    skipped: int


class BatchDeleteReply(TypedDict):
    success: NotRequired[Literal["Operation successful"]]
    warning: NotRequired[str]
    containers: List[BatchEntry]
    done: int
    failed: int
    skipped: int


class MigrationPassesItem(TypedDict):
    number: int
    kind: str
    bytes: int
    ms: Union[float, None]
    outcome: str


class MigrationDowntime(TypedDict):
    shutdown_ms: float
    last_pass_ms: float
    start_ms: float


class MigrationVolumesItem(TypedDict):
    storage_pool: str
    name: str
    copied: bool


class MigrationCheck(TypedDict):
    target: str
    timeout_ms: float
    on_failure: Literal["stay", "back"]
    outcome: Union[Literal["passed", "failed", "skipped"], None]
    message: Union[str, None]


class MigrationHistoryItem(TypedDict):
    phase: str
    at: str


MigrationQueue = Dict[str, Any]


class MigrationPolicy(TypedDict):
    name: str
    decision: str


class MigrationChoicesItem(TypedDict):
    keep: Literal["source", "destination"]
    cost: str


class Migration(TypedDict):
    id: str
    container: str
    new_name: Union[str, None]
    source: str
    destination: str
    phase: Literal["accepted", "claimed", "copied", "stopped", "synced", "verified", "started", "switched", "released", "removed", "found", "withdrawing", "reverting", "reverted", "done", "failed", "cancelled"]
    state: Literal["running", "done", "failed", "cancelled"]
    stage: Union[Literal["prepare", "copy", "stop", "last pass", "start", "clean up", "go back"], None]
    stages: List[Literal["prepare", "copy", "stop", "last pass", "start", "clean up", "go back"]]
    description: str
    cancellable: bool
    via: Literal["direct", "relay"]
    live: bool
    destination_storage: Union[str, None]
    destination_network: Union[str, None]
    profiles: Union[Literal["same", "map", "flatten"], None]
    precopy: bool
    passes: List[MigrationPassesItem]
    bytes: int
    rate_bytes_per_second: Union[float, None]
    estimated_seconds_left: Union[float, None]
    downtime_ms: Union[float, None]
    downtime: Union[MigrationDowntime, None]
    volumes: List[MigrationVolumesItem]
    max_downtime_ms: Union[float, None]
    predicted_downtime: Union[PredictedDowntime, None]
    check: Union[MigrationCheck, None]
    started_at: str
    ended_at: Union[str, None]
    history: List[MigrationHistoryItem]
    warnings: List[str]
    error: Union[str, None]
    waiting_for: Union[str, None]
    waiting_since: Union[str, None]
    queue: Union[MigrationQueue, None]
    policy: Union[MigrationPolicy, None]
    evacuation: Union[str, None]
    priority: int
    resolve_command: Union[str, None]
    choices: List[MigrationChoicesItem]


class ListMigrationsReply(TypedDict):
    migrations: List[Migration]
    success: Literal["migrations"]


class ReadMigrationReplyPassesItem(TypedDict):
    number: int
    kind: str
    bytes: int
    ms: Union[float, None]
    outcome: str


class ReadMigrationReplyDowntime(TypedDict):
    shutdown_ms: float
    last_pass_ms: float
    start_ms: float


class ReadMigrationReplyVolumesItem(TypedDict):
    storage_pool: str
    name: str
    copied: bool


class ReadMigrationReplyCheck(TypedDict):
    target: str
    timeout_ms: float
    on_failure: Literal["stay", "back"]
    outcome: Union[Literal["passed", "failed", "skipped"], None]
    message: Union[str, None]


class ReadMigrationReplyHistoryItem(TypedDict):
    phase: str
    at: str


ReadMigrationReplyQueue = Dict[str, Any]


class ReadMigrationReplyPolicy(TypedDict):
    name: str
    decision: str


class ReadMigrationReplyChoicesItem(TypedDict):
    keep: Literal["source", "destination"]
    cost: str


class ReadMigrationReply(TypedDict):
    id: str
    container: str
    new_name: Union[str, None]
    source: str
    destination: str
    phase: Literal["accepted", "claimed", "copied", "stopped", "synced", "verified", "started", "switched", "released", "removed", "found", "withdrawing", "reverting", "reverted", "done", "failed", "cancelled"]
    state: Literal["running", "done", "failed", "cancelled"]
    stage: Union[Literal["prepare", "copy", "stop", "last pass", "start", "clean up", "go back"], None]
    stages: List[Literal["prepare", "copy", "stop", "last pass", "start", "clean up", "go back"]]
    description: str
    cancellable: bool
    via: Literal["direct", "relay"]
    live: bool
    destination_storage: Union[str, None]
    destination_network: Union[str, None]
    profiles: Union[Literal["same", "map", "flatten"], None]
    precopy: bool
    passes: List[ReadMigrationReplyPassesItem]
    bytes: int
    rate_bytes_per_second: Union[float, None]
    estimated_seconds_left: Union[float, None]
    downtime_ms: Union[float, None]
    downtime: Union[ReadMigrationReplyDowntime, None]
    volumes: List[ReadMigrationReplyVolumesItem]
    max_downtime_ms: Union[float, None]
    predicted_downtime: Union[PredictedDowntime, None]
    check: Union[ReadMigrationReplyCheck, None]
    started_at: str
    ended_at: Union[str, None]
    history: List[ReadMigrationReplyHistoryItem]
    warnings: List[str]
    error: Union[str, None]
    waiting_for: Union[str, None]
    waiting_since: Union[str, None]
    queue: Union[ReadMigrationReplyQueue, None]
    policy: Union[ReadMigrationReplyPolicy, None]
    evacuation: Union[str, None]
    priority: int
    resolve_command: Union[str, None]
    choices: List[ReadMigrationReplyChoicesItem]
    success: Literal["migration"]


class CancelMigrationReplyPassesItem(TypedDict):
    number: int
    kind: str
    bytes: int
    ms: Union[float, None]
    outcome: str


class CancelMigrationReplyDowntime(TypedDict):
    shutdown_ms: float
    last_pass_ms: float
    start_ms: float


class CancelMigrationReplyVolumesItem(TypedDict):
    storage_pool: str
    name: str
    copied: bool


class CancelMigrationReplyCheck(TypedDict):
    target: str
    timeout_ms: float
    on_failure: Literal["stay", "back"]
    outcome: Union[Literal["passed", "failed", "skipped"], None]
    message: Union[str, None]


class CancelMigrationReplyHistoryItem(TypedDict):
    phase: str
    at: str


CancelMigrationReplyQueue = Dict[str, Any]


class CancelMigrationReplyPolicy(TypedDict):
    name: str
    decision: str


class CancelMigrationReplyChoicesItem(TypedDict):
    keep: Literal["source", "destination"]
    cost: str


class CancelMigrationReply(TypedDict):
    id: str
    container: str
    new_name: Union[str, None]
    source: str
    destination: str
    phase: Literal["accepted", "claimed", "copied", "stopped", "synced", "verified", "started", "switched", "released", "removed", "found", "withdrawing", "reverting", "reverted", "done", "failed", "cancelled"]
    state: Literal["running", "done", "failed", "cancelled"]
    stage: Union[Literal["prepare", "copy", "stop", "last pass", "start", "clean up", "go back"], None]
    stages: List[Literal["prepare", "copy", "stop", "last pass", "start", "clean up", "go back"]]
    description: str
    cancellable: bool
    via: Literal["direct", "relay"]
    live: bool
    destination_storage: Union[str, None]
    destination_network: Union[str, None]
    profiles: Union[Literal["same", "map", "flatten"], None]
    precopy: bool
    passes: List[CancelMigrationReplyPassesItem]
    bytes: int
    rate_bytes_per_second: Union[float, None]
    estimated_seconds_left: Union[float, None]
    downtime_ms: Union[float, None]
    downtime: Union[CancelMigrationReplyDowntime, None]
    volumes: List[CancelMigrationReplyVolumesItem]
    max_downtime_ms: Union[float, None]
    predicted_downtime: Union[PredictedDowntime, None]
    check: Union[CancelMigrationReplyCheck, None]
    started_at: str
    ended_at: Union[str, None]
    history: List[CancelMigrationReplyHistoryItem]
    warnings: List[str]
    error: Union[str, None]
    waiting_for: Union[str, None]
    waiting_since: Union[str, None]
    queue: Union[CancelMigrationReplyQueue, None]
    policy: Union[CancelMigrationReplyPolicy, None]
    evacuation: Union[str, None]
    priority: int
    resolve_command: Union[str, None]
    choices: List[CancelMigrationReplyChoicesItem]
    success: Literal["Migration cancelled."]


class CancelMigrationReply202PassesItem(TypedDict):
    number: int
    kind: str
    bytes: int
    ms: Union[float, None]
    outcome: str


class CancelMigrationReply202Downtime(TypedDict):
    shutdown_ms: float
    last_pass_ms: float
    start_ms: float


class CancelMigrationReply202VolumesItem(TypedDict):
    storage_pool: str
    name: str
    copied: bool


class CancelMigrationReply202Check(TypedDict):
    target: str
    timeout_ms: float
    on_failure: Literal["stay", "back"]
    outcome: Union[Literal["passed", "failed", "skipped"], None]
    message: Union[str, None]


class CancelMigrationReply202HistoryItem(TypedDict):
    phase: str
    at: str


CancelMigrationReply202Queue = Dict[str, Any]


class CancelMigrationReply202Policy(TypedDict):
    name: str
    decision: str


class CancelMigrationReply202ChoicesItem(TypedDict):
    keep: Literal["source", "destination"]
    cost: str


class CancelMigrationReply202(TypedDict):
    id: str
    container: str
    new_name: Union[str, None]
    source: str
    destination: str
    phase: Literal["accepted", "claimed", "copied", "stopped", "synced", "verified", "started", "switched", "released", "removed", "found", "withdrawing", "reverting", "reverted", "done", "failed", "cancelled"]
    state: Literal["running", "done", "failed", "cancelled"]
    stage: Union[Literal["prepare", "copy", "stop", "last pass", "start", "clean up", "go back"], None]
    stages: List[Literal["prepare", "copy", "stop", "last pass", "start", "clean up", "go back"]]
    description: str
    cancellable: bool
    via: Literal["direct", "relay"]
    live: bool
    destination_storage: Union[str, None]
    destination_network: Union[str, None]
    profiles: Union[Literal["same", "map", "flatten"], None]
    precopy: bool
    passes: List[CancelMigrationReply202PassesItem]
    bytes: int
    rate_bytes_per_second: Union[float, None]
    estimated_seconds_left: Union[float, None]
    downtime_ms: Union[float, None]
    downtime: Union[CancelMigrationReply202Downtime, None]
    volumes: List[CancelMigrationReply202VolumesItem]
    max_downtime_ms: Union[float, None]
    predicted_downtime: Union[PredictedDowntime, None]
    check: Union[CancelMigrationReply202Check, None]
    started_at: str
    ended_at: Union[str, None]
    history: List[CancelMigrationReply202HistoryItem]
    warnings: List[str]
    error: Union[str, None]
    waiting_for: Union[str, None]
    waiting_since: Union[str, None]
    queue: Union[CancelMigrationReply202Queue, None]
    policy: Union[CancelMigrationReply202Policy, None]
    evacuation: Union[str, None]
    priority: int
    resolve_command: Union[str, None]
    choices: List[CancelMigrationReply202ChoicesItem]
    success: Literal["Cancellation requested."]


class MigrationResolveReplyPassesItem(TypedDict):
    number: int
    kind: str
    bytes: int
    ms: Union[float, None]
    outcome: str


class MigrationResolveReplyDowntime(TypedDict):
    shutdown_ms: float
    last_pass_ms: float
    start_ms: float


class MigrationResolveReplyVolumesItem(TypedDict):
    storage_pool: str
    name: str
    copied: bool


class MigrationResolveReplyCheck(TypedDict):
    target: str
    timeout_ms: float
    on_failure: Literal["stay", "back"]
    outcome: Union[Literal["passed", "failed", "skipped"], None]
    message: Union[str, None]


class MigrationResolveReplyHistoryItem(TypedDict):
    phase: str
    at: str


MigrationResolveReplyQueue = Dict[str, Any]


class MigrationResolveReplyPolicy(TypedDict):
    name: str
    decision: str


class MigrationResolveReplyChoicesItem(TypedDict):
    keep: Literal["source", "destination"]
    cost: str


class MigrationResolveReply(TypedDict):
    id: str
    container: str
    new_name: Union[str, None]
    source: str
    destination: str
    phase: Literal["accepted", "claimed", "copied", "stopped", "synced", "verified", "started", "switched", "released", "removed", "found", "withdrawing", "reverting", "reverted", "done", "failed", "cancelled"]
    state: Literal["running", "done", "failed", "cancelled"]
    stage: Union[Literal["prepare", "copy", "stop", "last pass", "start", "clean up", "go back"], None]
    stages: List[Literal["prepare", "copy", "stop", "last pass", "start", "clean up", "go back"]]
    description: str
    cancellable: bool
    via: Literal["direct", "relay"]
    live: bool
    destination_storage: Union[str, None]
    destination_network: Union[str, None]
    profiles: Union[Literal["same", "map", "flatten"], None]
    precopy: bool
    passes: List[MigrationResolveReplyPassesItem]
    bytes: int
    rate_bytes_per_second: Union[float, None]
    estimated_seconds_left: Union[float, None]
    downtime_ms: Union[float, None]
    downtime: Union[MigrationResolveReplyDowntime, None]
    volumes: List[MigrationResolveReplyVolumesItem]
    max_downtime_ms: Union[float, None]
    predicted_downtime: Union[PredictedDowntime, None]
    check: Union[MigrationResolveReplyCheck, None]
    started_at: str
    ended_at: Union[str, None]
    history: List[MigrationResolveReplyHistoryItem]
    warnings: List[str]
    error: Union[str, None]
    waiting_for: Union[str, None]
    waiting_since: Union[str, None]
    queue: Union[MigrationResolveReplyQueue, None]
    policy: Union[MigrationResolveReplyPolicy, None]
    evacuation: Union[str, None]
    priority: int
    resolve_command: Union[str, None]
    choices: List[MigrationResolveReplyChoicesItem]
    success: Literal["Migration resolved."]


class EvacuationContainersItem(TypedDict):
    container: str
    action: Literal["migrate", "stop", "skip"]
    state: Literal["waiting", "moving", "moved", "stopping", "stopped", "skipped", "left", "returning", "starting", "returned", "untouched"]
    was_running: bool
    destination: Union[str, None]
    reason: Union[str, None]
    migration: Union[str, None]
    message: Union[str, None]
    description: str


class Evacuation(TypedDict):
    container_pool: str
    phase: Literal["evacuating", "evacuated", "incomplete", "restoring", "restored"]
    running: bool
    target: str
    started_at: str
    phase_since: str
    deadline: Union[str, None]
    stop_at_deadline: bool
    message: Union[str, None]
    done: int
    total: int
    counts: Dict[str, int]
    containers: List[EvacuationContainersItem]


class ListEvacuationsReply(TypedDict):
    evacuations: List[Evacuation]
    success: Literal["evacuations"]


class ReadEvacuationReplyContainersItem(TypedDict):
    container: str
    action: Literal["migrate", "stop", "skip"]
    state: Literal["waiting", "moving", "moved", "stopping", "stopped", "skipped", "left", "returning", "starting", "returned", "untouched"]
    was_running: bool
    destination: Union[str, None]
    reason: Union[str, None]
    migration: Union[str, None]
    message: Union[str, None]
    description: str


class ReadEvacuationReply(TypedDict):
    container_pool: str
    phase: Literal["evacuating", "evacuated", "incomplete", "restoring", "restored"]
    running: bool
    target: str
    started_at: str
    phase_since: str
    deadline: Union[str, None]
    stop_at_deadline: bool
    message: Union[str, None]
    done: int
    total: int
    counts: Dict[str, int]
    containers: List[ReadEvacuationReplyContainersItem]
    success: Literal["evacuation"]


class CancelEvacuationReplyContainersItem(TypedDict):
    container: str
    action: Literal["migrate", "stop", "skip"]
    state: Literal["waiting", "moving", "moved", "stopping", "stopped", "skipped", "left", "returning", "starting", "returned", "untouched"]
    was_running: bool
    destination: Union[str, None]
    reason: Union[str, None]
    migration: Union[str, None]
    message: Union[str, None]
    description: str


class CancelEvacuationReply(TypedDict):
    container_pool: str
    phase: Literal["evacuating", "evacuated", "incomplete", "restoring", "restored"]
    running: bool
    target: str
    started_at: str
    phase_since: str
    deadline: Union[str, None]
    stop_at_deadline: bool
    message: Union[str, None]
    done: int
    total: int
    counts: Dict[str, int]
    containers: List[CancelEvacuationReplyContainersItem]
    success: Literal["Cancellation requested."]


class ListLociReply(TypedDict):
    locus: List[str]
    success: Literal["locus"]


class LinkMeasurement(TypedDict):
    id: int
    timestamp: str
    locus1_id: str
    locus2_id: str
    jitter_1to2: float
    latency_max_1to2: float
    latency_median_1to2: float
    latency_min_1to2: float
    jitter_2to1: float
    latency_max_2to1: float
    latency_median_2to1: float
    latency_min_2to1: float
    throughput: float
    loss_1to2: NotRequired[float]
    loss_2to1: NotRequired[float]
    clock_offset: NotRequired[float]
    uncertainty: NotRequired[float]
    throughput_measured: NotRequired[bool]


class ReadKpilinkReply(TypedDict):
    measurements: List[LinkMeasurement]
    truncated: NotRequired[Literal[True]]
    success: Literal["kpilink"]


class PostKpilinkReply(TypedDict):
    success: Literal["post_kpilink"]


class ResourceMeasurement(TypedDict):
    id: int
    timestamp: str
    locus_id: str
    CPU: float
    memory: float
    load: NotRequired[float]
    disk_read: NotRequired[float]
    disk_written: NotRequired[float]
    received: NotRequired[float]
    sent: NotRequired[float]


class ReadKpiresourceReply(TypedDict):
    measurements: List[ResourceMeasurement]
    truncated: NotRequired[Literal[True]]
    success: Literal["kpiresource"]


class PostKpiresourceReply(TypedDict):
    success: Literal["kpiresource"]


class WirelessMeasurement(TypedDict):
    id: int
    timestamp: str
    locus_id: str
    mac: str
    mfb: bool
    tdls: bool
    wmm: bool
    authenticated: bool
    authorized: bool
    expected_throughput: str
    inactive_time: str
    preamble: str
    rx_bitrate: str
    signal: str
    signal_avg: str
    tx_bitrate: str
    rx_bytes: int
    rx_packets: int
    tx_bytes: int
    tx_failed: int
    tx_retries: int


class ReadKpiwirelessReply(TypedDict):
    measurements: List[WirelessMeasurement]
    truncated: NotRequired[Literal[True]]
    success: Literal["kpiwireless"]


class PostKpiwirelessReply(TypedDict):
    success: Literal["post_kpiwireless"]


class CommandMeasurement(TypedDict):
    id: int
    timestamp: str
    locus_id: str
    cmd: str
    cmd_type: Literal["v", "g", ""]
    proc_time: float
    response_time: float


class ReadKpicommandReply(TypedDict):
    measurements: List[CommandMeasurement]
    truncated: NotRequired[Literal[True]]
    success: Literal["kpicommand"]


class PostKpicommandReply(TypedDict):
    success: Literal["kpicommand"]


class ReadConfigurationReplyConfigurationItem(TypedDict):
    name: Literal["default"]
    delegation_mode: str
    auto_delegation_type: str


class ReadConfigurationReply(TypedDict):
    configuration: List[ReadConfigurationReplyConfigurationItem]


class ChangeConfigurationReply(TypedDict):
    success: Literal["update_configuration"]
    warning: NotRequired[str]


class ReadDashboardReplyDataItemContainersItem(TypedDict):
    name: str
    status: str


class ReadDashboardReplyDataItem(TypedDict):
    name: str
    cpu: Union[float, None]
    mem: Union[float, None]
    throughput: Union[float, None]
    containers: List[ReadDashboardReplyDataItemContainersItem]


class ReadDashboardReply(TypedDict):
    data: List[ReadDashboardReplyDataItem]
    warning: NotRequired[str]
    success: Literal["dashboard"]


class ReadDashboardLinksReplyLinksItem(TypedDict):
    name: str
    latency_up: List[float]
    latency_down: List[float]
    jitter_up: List[float]
    jitter_down: List[float]


class ReadDashboardLinksReply(TypedDict):
    links: List[ReadDashboardLinksReplyLinksItem]
    id_last_item: int
    wireless: NotRequired[List[WirelessMeasurement]]
    warning: NotRequired[str]
    success: Literal["dashboardlinks"]


class HistoryRow(TypedDict):
    at: str
    pool: str
    peer: NotRequired[str]
    container: NotRequired[str]
    series: NotRequired[str]
    value: NotRequired[float]
    jitter_1to2: NotRequired[float]
    latency_max_1to2: NotRequired[float]
    latency_median_1to2: NotRequired[float]
    latency_min_1to2: NotRequired[float]
    jitter_2to1: NotRequired[float]
    latency_max_2to1: NotRequired[float]
    latency_median_2to1: NotRequired[float]
    latency_min_2to1: NotRequired[float]
    throughput: NotRequired[float]
    loss_1to2: NotRequired[float]
    loss_2to1: NotRequired[float]
    clock_offset: NotRequired[float]
    uncertainty: NotRequired[float]
    throughput_measured: NotRequired[bool]
    CPU: NotRequired[float]
    memory: NotRequired[float]
    load: NotRequired[float]
    disk_read: NotRequired[float]
    disk_written: NotRequired[float]
    received: NotRequired[float]
    sent: NotRequired[float]


class ReadHistoryReply(TypedDict):
    history: List[HistoryRow]
    step: float
    warning: NotRequired[str]
    success: Literal["history"]


class NetworkConflictsItem(TypedDict):
    pool: str
    message: str


class Network(TypedDict):
    name: str
    subnet: str
    gateway: str
    vni: int
    mtu: int
    encrypted: bool
    pools: Union[Literal["all"], List[str]]
    state: Literal["active", "deleting"]
    created_at: str
    hosts: List[NetworkHost]
    containers: List[NetworkMember]
    conflicts: List[NetworkConflictsItem]


class NetworkHost(TypedDict):
    pool: str
    address: str
    state: Literal["ready", "waiting", "failed", "leaving"]
    problem: Union[str, None]


class NetworkMember(TypedDict):
    pool: str
    container: str
    address: str
    mac: str
    device: str
    state: Literal["reserved", "in use"]


class ListNetworksReply(TypedDict):
    networks: List[Network]
    success: Literal["networks"]


class ReadNetworkReply(TypedDict):
    network: Network
    success: Literal["network"]


class NetworkCreateReply(TypedDict):
    network: Network
    success: Literal["Network created."]


class NetworkJoinReply(TypedDict):
    network: Network
    success: Literal["Pools joined."]


class NetworkLeaveReply(TypedDict):
    network: Network
    success: Literal["Pools left."]


class NetworkDeleteReply(TypedDict):
    name: str
    success: Literal["Network deleted."]


class PublishedPort(TypedDict):
    protocol: Literal["tcp", "udp"]
    port: int
    container_port: int
    container_pool: str
    container_name: str
    network: str
    address: str
    pools: Union[Literal["all"], List[str]]
    hosts: List[PortHost]


class PortHost(TypedDict):
    pool: str
    state: Literal["ready", "waiting", "failed"]
    problem: Union[str, None]


class ListPortsReply(TypedDict):
    ports: List[PublishedPort]
    success: Literal["ports"]


class PortPublishReply(TypedDict):
    port: PublishedPort
    success: Literal["Port published."]


class PortUnpublishReply(TypedDict):
    ports: List[PublishedPort]
    success: Literal["Port unpublished."]


class Policy(TypedDict):
    name: str
    version: int
    built_in: bool
    mode: Literal["recommend", "automatic"]
    state: Literal["active", "paused", "off"]
    applied_at: Union[str, None]
    applied_by: Union[str, None]
    last_decision: Union[PolicyDecision, None]


class PolicyDecisionEvidence(TypedDict):
    of: Literal["pool", "container", "link", "promql"]
    measure: str
    pool: str
    peer: Union[str, None]
    container: Union[str, None]
    aggregate: Literal["mean", "median", "min", "max"]
    value: float
    above: bool
    threshold: float
    window_seconds: float
    samples: int
    first: str
    last: str
    source_value: float
    destination_value: float


class PolicyDecision(TypedDict):
    id: str
    policy: str
    version: int
    at: str
    outcome: Literal["ordered", "recommended", "refused"]
    container: str
    source: str
    destination: str
    reason: str
    evidence: PolicyDecisionEvidence
    predicted_downtime_ms: float
    error: Union[str, None]


class ListPoliciesReply(TypedDict):
    policies: List[Policy]
    success: Literal["policies"]


class ReadPolicyReplyNow(TypedDict):
    verdict: Literal["idle", "held", "unknown", "move"]
    reason: str
    container: Union[str, None]
    source: Union[str, None]
    destination: Union[str, None]


class ReadPolicyReply(TypedDict):
    name: str
    version: int
    built_in: bool
    mode: Literal["recommend", "automatic"]
    state: Literal["active", "paused", "off"]
    applied_at: Union[str, None]
    applied_by: Union[str, None]
    last_decision: Union[PolicyDecision, None]
    text: str
    decisions: List[PolicyDecision]
    now: ReadPolicyReplyNow
    success: Literal["policy"]


class PolicyApplyReply(TypedDict):
    name: str
    outcome: Literal["created", "changed", "unchanged", "valid"]
    success: Literal["Policy applied."]


class PolicyReplayReplyDecisionsItemEvidence(TypedDict):
    of: Literal["pool", "container", "link", "promql"]
    measure: str
    pool: str
    peer: Union[str, None]
    container: Union[str, None]
    aggregate: Literal["mean", "median", "min", "max"]
    value: float
    above: bool
    threshold: float
    window_seconds: float
    samples: int
    first: str
    last: str
    source_value: float
    destination_value: float


class PolicyReplayReplyDecisionsItem(TypedDict):
    policy: str
    at: str
    outcome: Literal["ordered", "recommended", "refused"]
    container: str
    source: str
    destination: str
    reason: str
    evidence: PolicyReplayReplyDecisionsItemEvidence
    predicted_downtime_ms: float
    error: Union[str, None]


PolicyReplayReply = Dict[str, Any]


class PolicyPauseReply(TypedDict):
    name: str
    success: Literal["Policy paused."]


class PolicyResumeReply(TypedDict):
    name: str
    success: Literal["Policy resumed."]


class PolicyDeleteReply(TypedDict):
    name: str
    success: Literal["Policy deleted."]


class ReadRebalanceReplyMovesItem(TypedDict):
    id: str
    container: str
    source: str
    destination: str
    at: str
    gain: float
    predicted_downtime_ms: float
    reason: str
    outcome: Literal["ordered", "refused"]
    error: Union[str, None]
    moved_back_at: Union[str, None]
    result: Literal["running", "done", "failed", "none"]


class ReadRebalanceReply(TypedDict):
    every_seconds: Union[float, None]
    moves: List[ReadRebalanceReplyMovesItem]
    success: Literal["rebalance"]


class ProposedMove(TypedDict):
    container: str
    source: str
    destination: str
    gain: float
    predicted_downtime_ms: float
    reason: str


class RebalancePlanReplyHeldItem(TypedDict):
    container: str
    pool: str
    reason: str


class RebalancePlanReply(TypedDict):
    balance: float
    loads: Dict[str, float]
    more: bool
    held: List[RebalancePlanReplyHeldItem]
    unknown: List[str]
    moves: List[ProposedMove]
    success: Literal["Rebalance planned."]


class RebalanceMove(TypedDict):
    id: str
    container: str
    source: str
    destination: str
    at: str
    gain: float
    predicted_downtime_ms: float
    reason: str
    outcome: Literal["ordered", "refused"]
    error: Union[str, None]
    moved_back_at: Union[str, None]


class RebalanceApplyReplyHeldItem(TypedDict):
    container: str
    pool: str
    reason: str


class RebalanceApplyReply(TypedDict):
    balance: float
    loads: Dict[str, float]
    more: bool
    held: List[RebalanceApplyReplyHeldItem]
    unknown: List[str]
    moves: List[RebalanceMove]
    success: Literal["Rebalance accepted."]


class OverviewController(TypedDict):
    name: str
    version: str
    started_at: str


class OverviewTotalsPools(TypedDict):
    up: int
    down: int
    unknown: int


class OverviewTotals(TypedDict):
    pools: OverviewTotalsPools
    containers: int


class Overview(TypedDict):
    success: Literal["overview"]
    event_id: str
    controller: OverviewController
    totals: OverviewTotals
    pools: List[Pool]
    next: Union[str, None]


class Pool(TypedDict):
    name: str
    ip: str
    state: Literal["up", "down", "unknown"]
    reason: Union[str, None]
    since: str
    daemon: Union[str, None]
    daemon_version: Union[str, None]
    translations: Translations
    labels: Labels
    scheduling: Literal["active", "cordoned", "evacuating", "evacuated", "restoring"]
    containers: List[Container]


class Container(TypedDict):
    name: str
    status: str
    created_at: Union[str, None]
    image: Union[str, None]
    addresses: List[str]
    cpu_limit: Union[str, None]
    memory_limit: Union[str, None]
    snapshots: int
    labels: Labels
    rules: Dict[str, str]
    migration: Union[str, None]


class EventPoolAdded(TypedDict):
    type: Literal["pool.added"]
    at: str
    pool: str
    ip: str


class EventPoolRemoved(TypedDict):
    type: Literal["pool.removed"]
    at: str
    pool: str


class EventPoolTranslated(TypedDict):
    type: Literal["pool.translated"]
    at: str
    pool: str
    translations: Translations


class EventPoolLabelled(TypedDict):
    type: Literal["pool.labelled"]
    at: str
    pool: str
    labels: Labels


class Event5(TypedDict):
    type: Literal["pool.cordoned", "pool.uncordoned", "pool.evacuating", "pool.evacuated", "pool.restoring"]
    at: str
    pool: str


class EventEvacuationProgress(TypedDict):
    type: Literal["evacuation.progress"]
    at: str
    evacuation: EvacuationSummary


class EventPoolUp(TypedDict):
    type: Literal["pool.up"]
    at: str
    pool: str
    daemon: Union[str, None]
    daemon_version: Union[str, None]


class EventPoolDown(TypedDict):
    type: Literal["pool.down"]
    at: str
    pool: str
    reason: str


class Event9(TypedDict):
    type: Literal["container.created", "container.started", "container.stopped", "container.frozen", "container.unfrozen", "container.changed"]
    at: str
    pool: str
    container: Container


class EventContainerRenamed(TypedDict):
    type: Literal["container.renamed"]
    at: str
    pool: str
    container: Container
    old_name: str


class EventContainerDeletedContainer(TypedDict):
    name: str


class EventContainerDeleted(TypedDict):
    type: Literal["container.deleted"]
    at: str
    pool: str
    container: EventContainerDeletedContainer


class EventContainerMoved(TypedDict):
    type: Literal["container.moved"]
    at: str
    container: str
    source: str
    destination: str
    new_name: NotRequired[str]
    migration: str


class Event13(TypedDict):
    type: Literal["migration.phase", "migration.progress"]
    at: str
    migration: Migration


class EventNetworkConflict(TypedDict):
    type: Literal["network.conflict"]
    at: str
    network: str
    pool: str
    message: str


class Event15(TypedDict):
    type: Literal["port.published", "port.unpublished"]
    at: str
    pool: str
    container: str
    network: str
    protocol: Literal["tcp", "udp"]
    port: int


class EventPolicyDecided(TypedDict):
    type: Literal["policy.decided"]
    at: str
    decision: PolicyDecision


class EventBackupMade(TypedDict):
    type: Literal["backup.made"]
    at: str
    bytes: int


class EventBackupFailed(TypedDict):
    type: Literal["backup.failed"]
    at: str
    reason: str


class Event19(TypedDict):
    type: Literal["controller.joined", "controller.removed", "controller.up", "controller.down"]
    at: str
    controller: str


class Event20(TypedDict):
    type: Literal["rebalance.ordered", "rebalance.refused", "rebalance.moved_back"]
    at: str
    move: RebalanceMove


class EventUsage(TypedDict):
    load: Load
    containers: Dict[str, ContainerUsage]
    type: Literal["usage"]
    at: str
    pool: str


class EventMeasurement(TypedDict):
    type: Literal["measurement"]
    at: str
    what: Literal["link", "pool", "container"]
    pool: str
    values: List[HistoryRow]


class EventReset(TypedDict):
    type: Literal["reset"]


class EventBye(TypedDict):
    type: Literal["bye"]
    reason: str


class EvacuationSummary(TypedDict):
    container_pool: str
    phase: Literal["evacuating", "evacuated", "incomplete", "restoring", "restored"]
    running: bool
    target: str
    started_at: str
    phase_since: str
    deadline: Union[str, None]
    stop_at_deadline: bool
    message: Union[str, None]
    done: int
    total: int
    counts: Dict[str, int]


class Load(TypedDict):
    cpus: float
    load1: float
    memory_total: float
    memory_used: float
    rx_bytes_per_second: float
    tx_bytes_per_second: float


class ContainerUsage(TypedDict):
    cpu_percent: float
    memory: float
    rx_bytes_per_second: float
    tx_bytes_per_second: float


class ApiToken(TypedDict):
    kind: Literal["api"]
    name: str
    role: Literal["viewer", "operator", "admin"]
    pools: Union[List[str], None]
    created_at: str
    created_by: str
    expires_at: str
    expired: bool


class JoinToken(TypedDict):
    kind: Literal["join"]
    id: str
    controller: bool
    container_pool: Union[str, None]
    created_at: str
    created_by: str
    expires_at: str


class ListTokensReply(TypedDict):
    tokens: List[ApiToken]
    joins: List[JoinToken]
    success: Literal["tokens"]


class TokenCreateApiReply(TypedDict):
    kind: Literal["api"]
    name: str
    role: Literal["viewer", "operator", "admin"]
    pools: Union[List[str], None]
    created_at: str
    created_by: str
    expires_at: str
    expired: bool
    token: str
    success: Literal["Token created."]


class TokenCreateJoinReply(TypedDict):
    kind: Literal["join"]
    id: str
    controller: bool
    container_pool: Union[str, None]
    created_at: str
    created_by: str
    expires_at: str
    token: str
    success: Literal["Token created."]


class TokenRevokeReply(TypedDict):
    name: str
    success: Literal["Token revoked."]


class ReadCaReplyAuthoritiesItem(TypedDict):
    fingerprint: str
    valid_until: str
    issues: bool


class ReadCaReplyPoolsItem(TypedDict):
    container_pool: str
    issuer: Union[str, None]
    valid_until: Union[str, None]


class ReadCaReply(TypedDict):
    authorities: List[ReadCaReplyAuthoritiesItem]
    bundle: str
    rotating_since: Union[str, None]
    pools: List[ReadCaReplyPoolsItem]
    missing: List[str]
    success: Literal["ca"]


class CaRotateReply(TypedDict):
    success: Literal["The CA is being replaced; both are trusted until it is finished."]


class CaFinishReply(TypedDict):
    missing: List[str]
    success: Literal["Only the new CA is trusted from now on."]


class CaIssueReply(TypedDict):
    container_pool: str
    certificate: str
    ca: str
    success: Literal["Certificate issued."]


AuditEntry = Dict[str, Any]


class ReadAuditReply(TypedDict):
    audit: List[AuditEntry]
    success: Literal["audit"]


class ReadBackupReplyAutomatic(TypedDict):
    directory: str
    recipients: List[str]
    every_seconds: int
    keep: int


class ReadBackupReplyLast(TypedDict):
    file: str
    made_at: str
    bytes: int


class ReadBackupReplyRestoredFoundItem(TypedDict):
    container_pool: str
    ip: str


class ReadBackupReplyRestored(TypedDict):
    restored_at: str
    made_at: str
    pools: int
    waiting: List[str]
    found: List[ReadBackupReplyRestoredFoundItem]
    settled: bool


class ReadBackupReply(TypedDict):
    automatic: Union[ReadBackupReplyAutomatic, None]
    last: Union[ReadBackupReplyLast, None]
    failure: Union[str, None]
    restored: Union[ReadBackupReplyRestored, None]
    success: Literal["backup"]


class BackupExportReplyEntriesItem(TypedDict):
    key: str
    value: Any
    revision: int


class BackupExportReply(TypedDict):
    made_at: str
    controller: str
    version: str
    revision: int
    left_out: List[str]
    entries: List[BackupExportReplyEntriesItem]
    success: Literal["Data exported."]


class Controller(TypedDict):
    name: str
    address: Union[str, None]
    state: Literal["up", "down", "joining"]
    leader: bool
    this: bool
    version: Union[str, None]
    started_at: Union[str, None]
    url: Union[str, None]


class ListControllersReply(TypedDict):
    controllers: List[Controller]
    success: Literal["controllers"]


class ControllerInitReply(TypedDict):
    address: str
    success: Literal["Controller open for others."]


class ControllerTokenReply(TypedDict):
    id: str
    expires_at: str
    token: str
    success: Literal["Token created."]


class ControllerRemoveReply(TypedDict):
    name: str
    success: Literal["Controller removed."]


class ControllerPromoteReply(TypedDict):
    name: str
    success: Literal["Controller promoted."]


class ReadHealthReply(TypedDict):
    success: Literal["The controller serves."]


class ReadReadinessReply(TypedDict):
    success: Literal["The controller is ready."]
    checks: Dict[str, str]


class ReadReadinessReply503(TypedDict):
    error: str
    checks: Dict[str, str]


Labels = Dict[str, str]
PoolEvacuateReply = Union["PoolEvacuateReply1", "PoolEvacuateReply2"]
PoolDrainReply = Union["PoolDrainReply1", "PoolDrainReply2"]
InformationByName = Dict[str, "Information"]
ContainerInformationReply = Union["Information", "InformationByName", "InformationPage"]
ContainerMigrateReply = Union["Preflight", "Migrated"]
Event = Union["EventPoolAdded", "EventPoolRemoved", "EventPoolTranslated", "EventPoolLabelled", "Event5", "EventEvacuationProgress", "EventPoolUp", "EventPoolDown", "Event9", "EventContainerRenamed", "EventContainerDeleted", "EventContainerMoved", "Event13", "EventNetworkConflict", "Event15", "EventPolicyDecided", "EventBackupMade", "EventBackupFailed", "Event19", "Event20", "EventUsage", "EventMeasurement", "EventReset", "EventBye"]


class Copa(Client):
    """A controller, with each operation of the API as a method."""

    def list_pools(
        self,
        *,
        limit: Optional[Union[int, str]] = None,
        after: Optional[str] = None,
    ) -> ListPoolsReply:
        """The hosts that run containers.

        limit: the largest number of entries in the reply, which then has `next`
        after: continue after this name: the `next` of the page before
        """
        return cast("ListPoolsReply", self._read("/REST/pools", {
            "limit": limit,
            "after": after,
        }))

    def pool_add(
        self,
        *,
        container_pool: str,
        ip: str,
    ) -> PoolAddReply:
        """Makes a host known."""
        return cast("PoolAddReply", self._change("POST", "/REST/pools", {
            "operation": "add",
            "container_pool": container_pool,
            "ip": ip,
        }))

    def pool_map(
        self,
        *,
        container_pool: str,
        storage: Optional[str] = None,
        network: Optional[str] = None,
        profile: Optional[str] = None,
    ) -> PoolMapReply:
        """Translates names of other pools in all moves to this one.

        storage: Names of storage pools on other pools and on this one: FROM=TO, separated by commas.
        network: Names of networks, managed or bridges of the host on other pools and on this one: FROM=TO, separated by commas.
        profile: Names of profiles on other pools and on this one: FROM=TO, separated by commas.
        """
        return cast("PoolMapReply", self._change("POST", "/REST/pools", {
            "operation": "map",
            "container_pool": container_pool,
            "storage": storage,
            "network": network,
            "profile": profile,
        }))

    def pool_unmap(
        self,
        *,
        container_pool: str,
        storage: Optional[str] = None,
        network: Optional[str] = None,
        profile: Optional[str] = None,
    ) -> PoolUnmapReply:
        """Removes translations.

        storage: Names of storage pools on other pools, separated by commas.
        network: Names of networks on other pools, separated by commas.
        profile: Names of profiles on other pools, separated by commas.
        """
        return cast("PoolUnmapReply", self._change("POST", "/REST/pools", {
            "operation": "unmap",
            "container_pool": container_pool,
            "storage": storage,
            "network": network,
            "profile": profile,
        }))

    def pool_label(
        self,
        *,
        container_pool: str,
        labels: str,
    ) -> PoolLabelReply:
        """Sets and removes labels, and keeps the others.

        labels: NAME=VALUE sets a label and NAME- removes it, separated by commas: a label's name and its value have 1 to 63 letters, digits, dots, dashes and underscores, and start and end with a letter or digit.
        """
        return cast("PoolLabelReply", self._change("POST", "/REST/pools", {
            "operation": "label",
            "container_pool": container_pool,
            "labels": labels,
        }))

    def pool_limit(
        self,
        *,
        container_pool: str,
        copies: Optional[Union[int, str]] = None,
        cutovers: Optional[Union[int, str]] = None,
    ) -> PoolLimitReply:
        """Sets how many migrations copy and cut over on it at a time.

        copies: Migrations that copy from or to it at a time; 3 at first.
        cutovers: Migrations that stop a container on it, or start it there, at a time; 1 at first.
        """
        return cast("PoolLimitReply", self._change("POST", "/REST/pools", {
            "operation": "limit",
            "container_pool": container_pool,
            "copies": copies,
            "cutovers": cutovers,
        }))

    def pool_test_link(
        self,
        *,
        container_pool: str,
        destination_pool: str,
        seconds: Optional[Union[int, str]] = None,
        mbits_max: Optional[Union[int, str]] = None,
    ) -> PoolTestLinkReply:
        """Sends traffic from a pool to another one, and measures how much arrives.

        container_pool: The pool that sends.
        destination_pool: The pool that receives.
        seconds: How long it sends; 5 seconds if not given.
        mbits_max: At most so many Mbit/s; as much as the link carries if not given.
        """
        return cast("PoolTestLinkReply", self._change("POST", "/REST/pools", {
            "operation": "test_link",
            "container_pool": container_pool,
            "destination_pool": destination_pool,
            "seconds": seconds,
            "mbits_max": mbits_max,
        }))

    def pool_cordon(
        self,
        *,
        container_pool: str,
    ) -> PoolCordonReply:
        """Takes no new containers from now on; those that are there stay."""
        return cast("PoolCordonReply", self._change("POST", "/REST/pools", {
            "operation": "cordon",
            "container_pool": container_pool,
        }))

    def pool_uncordon(
        self,
        *,
        container_pool: str,
    ) -> PoolUncordonReply:
        """Takes new containers again."""
        return cast("PoolUncordonReply", self._change("POST", "/REST/pools", {
            "operation": "uncordon",
            "container_pool": container_pool,
        }))

    def pool_evacuate(
        self,
        *,
        container_pool: str,
        destination_pool: Optional[str] = None,
        action: Optional[Literal["migrate", "stop", "skip"]] = None,
        deadline: Optional[Union[float, str]] = None,
        stop_at_deadline: Optional[Union[bool, str]] = None,
        dry_run: Optional[Union[bool, str]] = None,
    ) -> PoolEvacuateReply:
        """Empties a pool for maintenance, and answers when that has begun; with dry_run only plans it.

        destination_pool: Where they go: `@any`, `@GROUP` or one pool. Each goes where it suits best.
        action: For all containers: migrate, stop (it stays, and is started again by the return) or skip. Without it, `user.copa.evacuate` of each container or its profiles says so; without that it is migrated.
        deadline: What has not left by then is left (30m, 90s).
        stop_at_deadline: It is stopped instead, and started by the return.
        dry_run: Only plan, and report what stands in the way.
        """
        return cast("PoolEvacuateReply", self._change("POST", "/REST/pools", {
            "operation": "evacuate",
            "container_pool": container_pool,
            "destination_pool": destination_pool,
            "action": action,
            "deadline": deadline,
            "stop_at_deadline": stop_at_deadline,
            "dry_run": dry_run,
        }))

    def pool_drain(
        self,
        *,
        container_pool: str,
        destination_pool: Optional[str] = None,
        action: Optional[Literal["migrate", "stop", "skip"]] = None,
        deadline: Optional[Union[float, str]] = None,
        stop_at_deadline: Optional[Union[bool, str]] = None,
        dry_run: Optional[Union[bool, str]] = None,
    ) -> PoolDrainReply:
        """Empties a pool for maintenance, and answers when that has begun; with dry_run only plans it.

        destination_pool: Where they go: `@any`, `@GROUP` or one pool. Each goes where it suits best.
        action: For all containers: migrate, stop (it stays, and is started again by the return) or skip. Without it, `user.copa.evacuate` of each container or its profiles says so; without that it is migrated.
        deadline: What has not left by then is left (30m, 90s).
        stop_at_deadline: It is stopped instead, and started by the return.
        dry_run: Only plan, and report what stands in the way.
        """
        return cast("PoolDrainReply", self._change("POST", "/REST/pools", {
            "operation": "drain",
            "container_pool": container_pool,
            "destination_pool": destination_pool,
            "action": action,
            "deadline": deadline,
            "stop_at_deadline": stop_at_deadline,
            "dry_run": dry_run,
        }))

    def pool_restore(
        self,
        *,
        container_pool: str,
        action: Optional[Literal["migrate", "skip"]] = None,
    ) -> PoolRestoreReply:
        """Brings back what an evacuation has moved and stopped, and opens the pool.

        action: skip: the pool is only opened, and nothing comes back.
        """
        return cast("PoolRestoreReply", self._change("POST", "/REST/pools", {
            "operation": "restore",
            "container_pool": container_pool,
            "action": action,
        }))

    def pool_remove(
        self,
        *,
        container_pool: str,
    ) -> PoolRemoveReply:
        """Forgets a host."""
        return cast("PoolRemoveReply", self._change("POST", "/REST/pools", {
            "operation": "remove",
            "container_pool": container_pool,
        }))

    def pool_delete(
        self,
        *,
        container_pool: str,
    ) -> PoolDeleteReply:
        """Forgets a host."""
        return cast("PoolDeleteReply", self._change("POST", "/REST/pools", {
            "operation": "delete",
            "container_pool": container_pool,
        }))

    def list_images(
        self,
        *,
        image_pool: Optional[str] = None,
        container_pool: Optional[str] = None,
        details: Optional[Union[bool, str]] = None,
        limit: Optional[Union[int, str]] = None,
        after: Optional[str] = None,
    ) -> ListImagesReply:
        """The images of one pool, or of all pools.

        details: Also `details`: where each image is. Without paging.
        limit: the largest number of entries in the reply, which then has `next`
        after: continue after this name: the `next` of the page before
        """
        return cast("ListImagesReply", self._read("/REST/image", {
            "image_pool": image_pool,
            "container_pool": container_pool,
            "details": details,
            "limit": limit,
            "after": after,
        }))

    def image_copy(
        self,
        *,
        image_type: str,
        destination_pool: str,
        image_pool: Optional[str] = None,
    ) -> ImageCopyReply:
        """Copies an image to a pool, with its aliases and properties.

        image_type: An alias, a fingerprint, or the start of one.
        image_pool: Where it comes from; without it, any pool that has it.
        destination_pool: Where it goes.
        """
        return cast("ImageCopyReply", self._change("POST", "/REST/image", {
            "operation": "copy",
            "image_type": image_type,
            "image_pool": image_pool,
            "destination_pool": destination_pool,
        }))

    def container_information(
        self,
        *,
        container_pool: str,
        container_name: Optional[str] = None,
        limit: Optional[Union[int, str]] = None,
        after: Optional[str] = None,
        memory: Optional[Union[str, int]] = None,
        disk: Optional[str] = None,
        where: Optional[str] = None,
        near: Optional[str] = None,
        apart: Optional[str] = None,
        spread: Optional[str] = None,
        over: Optional[str] = None,
    ) -> ContainerInformationReply:
        """Reads containers.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: `@any`, `@GROUP` or one pool.
        limit: the largest number of entries in the reply, which then has `next`
        after: continue after this name: the `next` of the page before
        memory: What it may use of the host's memory: a size (512MiB, 2GB), bytes (536870912) or a share (25%) is expected; an empty text removes the limit.
        disk: What has to be free, as a size.
        where: Only pools with these labels: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas.
        near: Only pools that have one of these containers: one label of them (app=web), or their names, separated by commas.
        apart: Only pools that have none of these containers: one label of them (app=web), or their names, separated by commas.
        spread: Pools with the fewest of these containers: one label of them (app=web), or their names, separated by commas.
        over: With `spread`: count over all pools with the same value of this label, not on each pool.
        """
        return cast("ContainerInformationReply", self._read("/REST/container", {
            "operation": "information",
            "container_name": container_name,
            "container_pool": container_pool,
            "limit": limit,
            "after": after,
            "memory": memory,
            "disk": disk,
            "where": where,
            "near": near,
            "apart": apart,
            "spread": spread,
            "over": over,
        }))

    def container_list_containers(
        self,
        *,
        container_pool: str,
        container_name: Optional[str] = None,
        limit: Optional[Union[int, str]] = None,
        after: Optional[str] = None,
        memory: Optional[Union[str, int]] = None,
        disk: Optional[str] = None,
        where: Optional[str] = None,
        near: Optional[str] = None,
        apart: Optional[str] = None,
        spread: Optional[str] = None,
        over: Optional[str] = None,
    ) -> ContainerListContainersReply:
        """Reads containers.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: `@any`, `@GROUP` or one pool.
        limit: the largest number of entries in the reply, which then has `next`
        after: continue after this name: the `next` of the page before
        memory: What it may use of the host's memory: a size (512MiB, 2GB), bytes (536870912) or a share (25%) is expected; an empty text removes the limit.
        disk: What has to be free, as a size.
        where: Only pools with these labels: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas.
        near: Only pools that have one of these containers: one label of them (app=web), or their names, separated by commas.
        apart: Only pools that have none of these containers: one label of them (app=web), or their names, separated by commas.
        spread: Pools with the fewest of these containers: one label of them (app=web), or their names, separated by commas.
        over: With `spread`: count over all pools with the same value of this label, not on each pool.
        """
        return cast("ContainerListContainersReply", self._read("/REST/container", {
            "operation": "list_containers",
            "container_name": container_name,
            "container_pool": container_pool,
            "limit": limit,
            "after": after,
            "memory": memory,
            "disk": disk,
            "where": where,
            "near": near,
            "apart": apart,
            "spread": spread,
            "over": over,
        }))

    def container_list_snapshots(
        self,
        *,
        container_pool: str,
        container_name: Optional[str] = None,
        limit: Optional[Union[int, str]] = None,
        after: Optional[str] = None,
        memory: Optional[Union[str, int]] = None,
        disk: Optional[str] = None,
        where: Optional[str] = None,
        near: Optional[str] = None,
        apart: Optional[str] = None,
        spread: Optional[str] = None,
        over: Optional[str] = None,
    ) -> ContainerListSnapshotsReply:
        """Reads containers.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: `@any`, `@GROUP` or one pool.
        limit: the largest number of entries in the reply, which then has `next`
        after: continue after this name: the `next` of the page before
        memory: What it may use of the host's memory: a size (512MiB, 2GB), bytes (536870912) or a share (25%) is expected; an empty text removes the limit.
        disk: What has to be free, as a size.
        where: Only pools with these labels: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas.
        near: Only pools that have one of these containers: one label of them (app=web), or their names, separated by commas.
        apart: Only pools that have none of these containers: one label of them (app=web), or their names, separated by commas.
        spread: Pools with the fewest of these containers: one label of them (app=web), or their names, separated by commas.
        over: With `spread`: count over all pools with the same value of this label, not on each pool.
        """
        return cast("ContainerListSnapshotsReply", self._read("/REST/container", {
            "operation": "list_snapshots",
            "container_name": container_name,
            "container_pool": container_pool,
            "limit": limit,
            "after": after,
            "memory": memory,
            "disk": disk,
            "where": where,
            "near": near,
            "apart": apart,
            "spread": spread,
            "over": over,
        }))

    def container_console_log(
        self,
        *,
        container_pool: str,
        container_name: Optional[str] = None,
        limit: Optional[Union[int, str]] = None,
        after: Optional[str] = None,
        memory: Optional[Union[str, int]] = None,
        disk: Optional[str] = None,
        where: Optional[str] = None,
        near: Optional[str] = None,
        apart: Optional[str] = None,
        spread: Optional[str] = None,
        over: Optional[str] = None,
    ) -> ContainerConsoleLogReply:
        """Reads containers.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: `@any`, `@GROUP` or one pool.
        limit: the largest number of entries in the reply, which then has `next`
        after: continue after this name: the `next` of the page before
        memory: What it may use of the host's memory: a size (512MiB, 2GB), bytes (536870912) or a share (25%) is expected; an empty text removes the limit.
        disk: What has to be free, as a size.
        where: Only pools with these labels: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas.
        near: Only pools that have one of these containers: one label of them (app=web), or their names, separated by commas.
        apart: Only pools that have none of these containers: one label of them (app=web), or their names, separated by commas.
        spread: Pools with the fewest of these containers: one label of them (app=web), or their names, separated by commas.
        over: With `spread`: count over all pools with the same value of this label, not on each pool.
        """
        return cast("ContainerConsoleLogReply", self._read("/REST/container", {
            "operation": "console_log",
            "container_name": container_name,
            "container_pool": container_pool,
            "limit": limit,
            "after": after,
            "memory": memory,
            "disk": disk,
            "where": where,
            "near": near,
            "apart": apart,
            "spread": spread,
            "over": over,
        }))

    def container_place(
        self,
        *,
        container_pool: str,
        container_name: Optional[str] = None,
        limit: Optional[Union[int, str]] = None,
        after: Optional[str] = None,
        memory: Optional[Union[str, int]] = None,
        disk: Optional[str] = None,
        where: Optional[str] = None,
        near: Optional[str] = None,
        apart: Optional[str] = None,
        spread: Optional[str] = None,
        over: Optional[str] = None,
    ) -> Placement:
        """Reads containers.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: `@any`, `@GROUP` or one pool.
        limit: the largest number of entries in the reply, which then has `next`
        after: continue after this name: the `next` of the page before
        memory: What it may use of the host's memory: a size (512MiB, 2GB), bytes (536870912) or a share (25%) is expected; an empty text removes the limit.
        disk: What has to be free, as a size.
        where: Only pools with these labels: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas.
        near: Only pools that have one of these containers: one label of them (app=web), or their names, separated by commas.
        apart: Only pools that have none of these containers: one label of them (app=web), or their names, separated by commas.
        spread: Pools with the fewest of these containers: one label of them (app=web), or their names, separated by commas.
        over: With `spread`: count over all pools with the same value of this label, not on each pool.
        """
        return cast("Placement", self._read("/REST/container", {
            "operation": "place",
            "container_name": container_name,
            "container_pool": container_pool,
            "limit": limit,
            "after": after,
            "memory": memory,
            "disk": disk,
            "where": where,
            "near": near,
            "apart": apart,
            "spread": spread,
            "over": over,
        }))

    def container_create(
        self,
        *,
        container_name: str,
        container_pool: str,
        image_type: str,
        cpu: Optional[Union[str, int]] = None,
        memory: Optional[Union[str, int]] = None,
        start: Optional[Union[bool, str]] = None,
        labels: Optional[str] = None,
        network: Optional[str] = None,
        ip: Optional[str] = None,
        where: Optional[str] = None,
        near: Optional[str] = None,
        apart: Optional[str] = None,
        spread: Optional[str] = None,
        over: Optional[str] = None,
    ) -> ContainerCreateReply:
        """Creates a container from an image; one that the pool lacks is copied from a pool that has it.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        cpu: What it may use of the host's CPUs: a number of CPUs (2) or which ones (0-3 or 0,2) is expected; an empty text removes the limit.
        memory: What it may use of the host's memory: a size (512MiB, 2GB), bytes (536870912) or a share (25%) is expected; an empty text removes the limit.
        start: Start it, too. The default is false, unless the controller was started with --create-starts.
        labels: Its labels, as NAME=VALUE, separated by commas: a label's name and its value have 1 to 63 letters, digits, dots, dashes and underscores, and start and end with a letter or digit.
        network: A network over several hosts: a name of a network has 1 to 10 lower-case letters and digits, and starts with a letter.
        ip: Its address there; otherwise a free one.
        where: Only pools with these labels: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas.
        near: Only pools that have one of these containers: one label of them (app=web), or their names, separated by commas.
        apart: Only pools that have none of these containers: one label of them (app=web), or their names, separated by commas.
        spread: Pools with the fewest of these containers: one label of them (app=web), or their names, separated by commas.
        over: With `spread`: count over all pools with the same value of this label, not on each pool.
        """
        return cast("ContainerCreateReply", self._change("POST", "/REST/container", {
            "operation": "create",
            "container_name": container_name,
            "container_pool": container_pool,
            "image_type": image_type,
            "cpu": cpu,
            "memory": memory,
            "start": start,
            "labels": labels,
            "network": network,
            "ip": ip,
            "where": where,
            "near": near,
            "apart": apart,
            "spread": spread,
            "over": over,
        }))

    def container_start(
        self,
        *,
        container_name: str,
        container_pool: str,
    ) -> ContainerStartReply:
        """Starts it.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        """
        return cast("ContainerStartReply", self._change("POST", "/REST/container", {
            "operation": "start",
            "container_name": container_name,
            "container_pool": container_pool,
        }))

    def container_stop(
        self,
        *,
        container_name: str,
        container_pool: str,
        stop_timeout: Optional[Union[int, str]] = None,
    ) -> ContainerStopReply:
        """Shuts it down; kills it only when that takes longer than `stop_timeout`.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        stop_timeout: How many seconds it may take to shut down before it is killed.
        """
        return cast("ContainerStopReply", self._change("POST", "/REST/container", {
            "operation": "stop",
            "container_name": container_name,
            "container_pool": container_pool,
            "stop_timeout": stop_timeout,
        }))

    def container_restart(
        self,
        *,
        container_name: str,
        container_pool: str,
        stop_timeout: Optional[Union[int, str]] = None,
    ) -> ContainerRestartReply:
        """Shuts it down, as `stop` does, and starts it again.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        stop_timeout: How many seconds it may take to shut down before it is killed.
        """
        return cast("ContainerRestartReply", self._change("POST", "/REST/container", {
            "operation": "restart",
            "container_name": container_name,
            "container_pool": container_pool,
            "stop_timeout": stop_timeout,
        }))

    def container_freeze(
        self,
        *,
        container_name: str,
        container_pool: str,
    ) -> ContainerFreezeReply:
        """Suspends its processes.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        """
        return cast("ContainerFreezeReply", self._change("POST", "/REST/container", {
            "operation": "freeze",
            "container_name": container_name,
            "container_pool": container_pool,
        }))

    def container_unfreeze(
        self,
        *,
        container_name: str,
        container_pool: str,
    ) -> ContainerUnfreezeReply:
        """Resumes its processes.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        """
        return cast("ContainerUnfreezeReply", self._change("POST", "/REST/container", {
            "operation": "unfreeze",
            "container_name": container_name,
            "container_pool": container_pool,
        }))

    def container_delete(
        self,
        *,
        container_name: str,
        container_pool: str,
    ) -> ContainerDeleteReply:
        """Deletes a stopped container with its snapshots.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        """
        return cast("ContainerDeleteReply", self._change("POST", "/REST/container", {
            "operation": "delete",
            "container_name": container_name,
            "container_pool": container_pool,
        }))

    def container_migrate(
        self,
        *,
        container_name: str,
        container_pool: str,
        destination_pool: str,
        stop_timeout: Optional[Union[int, str]] = None,
        force: Optional[Union[bool, str]] = None,
        live: Optional[Union[bool, str]] = None,
        passes_max: Optional[Union[int, str]] = None,
        bandwidth_limit: Optional[Union[int, str]] = None,
        compress: Optional[Union[bool, str]] = None,
        keep_source_as: Optional[str] = None,
        max_downtime: Optional[Union[float, str]] = None,
        settle_seconds: Optional[Union[int, str]] = None,
        check: Optional[str] = None,
        check_timeout: Optional[Union[float, str]] = None,
        on_check_failure: Optional[Literal["stay", "back"]] = None,
        destination_storage: Optional[str] = None,
        destination_network: Optional[str] = None,
        profiles: Optional[Literal["same", "map", "flatten"]] = None,
        new_name: Optional[str] = None,
        priority: Optional[Union[int, str]] = None,
        dry_run: Optional[Union[bool, str]] = None,
        where: Optional[str] = None,
        near: Optional[str] = None,
        apart: Optional[str] = None,
        spread: Optional[str] = None,
        over: Optional[str] = None,
    ) -> ContainerMigrateReply:
        """Moves it to another pool, and answers when it is there; with the header `Prefer: respond-async` at once, with the path to follow it at.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        destination_pool: The destination.
        stop_timeout: How many seconds it may take to shut down; if it takes longer, the migration is undone.
        force: Kill it when it has not shut down in time.
        live: Move the running processes (CRIU) instead of stopping and starting it; refused if a host cannot.
        passes_max: Copies made while it runs, at most; 0 stops it first.
        bandwidth_limit: Bytes a second, at most; 0 is no limit.
        compress: Compress on the way, for a link slower than some 20 MB/s; on a faster one it only takes longer.
        keep_source_as: Keep the source, stopped, under this name.
        max_downtime: It is stopped only when its predicted downtime is not longer (2s, 500ms, 1m); else more passes are made, up to passes_max, and then the move goes back.
        settle_seconds: How many seconds it has to stay up on the destination; if it stops by itself, the move goes back.
        check: What it has to do on the destination when it has stayed up. `exec:COMMAND` runs in the container by `sh -c` and has to end with 0. `http://:PORT/PATH` has to answer with a status from 200 to 399, `tcp://:PORT` has to accept a connection; both are addresses of the container itself. It is tried again until it passes or `check_timeout` is over.
        check_timeout: The time within which the check has to pass (30s, 2m).
        on_check_failure: stay: the failure is reported. back: the source runs again, and the copy is kept, stopped, under another name; what was written there is in that copy alone.
        destination_storage: The storage pool on the destination for its root disk.
        destination_network: The network on the destination, managed or a bridge of the host: one name for all NICs, or pairs NIC=NETWORK, separated by commas.
        profiles: same: those of the same names. map: as the destination's translations say; the default, if it has some. flatten: none; what they gave is written into the container.
        new_name: The name that it gets on the destination: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash; without one it keeps its own.
        priority: In the queue of moves, the higher one goes first; of equal ones, the older one.
        dry_run: Only check, and report what prevents the migration.
        where: Only pools with these labels: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas.
        near: Only pools that have one of these containers: one label of them (app=web), or their names, separated by commas.
        apart: Only pools that have none of these containers: one label of them (app=web), or their names, separated by commas.
        spread: Pools with the fewest of these containers: one label of them (app=web), or their names, separated by commas.
        over: With `spread`: count over all pools with the same value of this label, not on each pool.
        """
        return cast("ContainerMigrateReply", self._change("POST", "/REST/container", {
            "operation": "migrate",
            "container_name": container_name,
            "container_pool": container_pool,
            "destination_pool": destination_pool,
            "stop_timeout": stop_timeout,
            "force": force,
            "live": live,
            "passes_max": passes_max,
            "bandwidth_limit": bandwidth_limit,
            "compress": compress,
            "keep_source_as": keep_source_as,
            "max_downtime": max_downtime,
            "settle_seconds": settle_seconds,
            "check": check,
            "check_timeout": check_timeout,
            "on_check_failure": on_check_failure,
            "destination_storage": destination_storage,
            "destination_network": destination_network,
            "profiles": profiles,
            "new_name": new_name,
            "priority": priority,
            "dry_run": dry_run,
            "where": where,
            "near": near,
            "apart": apart,
            "spread": spread,
            "over": over,
        }))

    def container_rename(
        self,
        *,
        container_name: str,
        container_pool: str,
        new_name: str,
    ) -> ContainerRenameReply:
        """Gives a stopped container another name.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        new_name: A name that no container of the pool has: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        """
        return cast("ContainerRenameReply", self._change("POST", "/REST/container", {
            "operation": "rename",
            "container_name": container_name,
            "container_pool": container_pool,
            "new_name": new_name,
        }))

    def container_copy(
        self,
        *,
        container_name: str,
        container_pool: str,
        new_name: str,
    ) -> ContainerCopyReply:
        """Creates a second container from it on the same pool: stopped, with its snapshots, and with addresses of its own.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        new_name: A name that no container of the pool has: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        """
        return cast("ContainerCopyReply", self._change("POST", "/REST/container", {
            "operation": "copy",
            "container_name": container_name,
            "container_pool": container_pool,
            "new_name": new_name,
        }))

    def container_limits(
        self,
        *,
        container_name: str,
        container_pool: str,
        cpu: Optional[Union[str, int]] = None,
        memory: Optional[Union[str, int]] = None,
    ) -> ContainerLimitsReply:
        """Limits its usage, at once and after its next start; a limit that is not given does not change.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        cpu: What it may use of the host's CPUs: a number of CPUs (2) or which ones (0-3 or 0,2) is expected; an empty text removes the limit.
        memory: What it may use of the host's memory: a size (512MiB, 2GB), bytes (536870912) or a share (25%) is expected; an empty text removes the limit.
        """
        return cast("ContainerLimitsReply", self._change("POST", "/REST/container", {
            "operation": "limits",
            "container_name": container_name,
            "container_pool": container_pool,
            "cpu": cpu,
            "memory": memory,
        }))

    def container_label(
        self,
        *,
        container_name: str,
        container_pool: str,
        labels: str,
    ) -> ContainerLabelReply:
        """Sets and removes labels of it, and keeps the others.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        labels: NAME=VALUE sets a label and NAME- removes it, separated by commas: a label's name and its value have 1 to 63 letters, digits, dots, dashes and underscores, and start and end with a letter or digit.
        """
        return cast("ContainerLabelReply", self._change("POST", "/REST/container", {
            "operation": "label",
            "container_name": container_name,
            "container_pool": container_pool,
            "labels": labels,
        }))

    def container_attach(
        self,
        *,
        container_name: str,
        container_pool: str,
        network: str,
        ip: Optional[str] = None,
        device: Optional[str] = None,
    ) -> ContainerAttachReply:
        """Puts a stopped container on a network over several hosts, with an address that it keeps.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        network: A network over several hosts: a name of a network has 1 to 10 lower-case letters and digits, and starts with a letter.
        ip: Its address there; otherwise a free one.
        device: The name of its interface there, instead of one from a profile.
        """
        return cast("ContainerAttachReply", self._change("POST", "/REST/container", {
            "operation": "attach",
            "container_name": container_name,
            "container_pool": container_pool,
            "network": network,
            "ip": ip,
            "device": device,
        }))

    def container_detach(
        self,
        *,
        container_name: str,
        container_pool: str,
        network: str,
    ) -> ContainerDetachReply:
        """Takes a stopped container off a network, and frees its address.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        network: A network over several hosts: a name of a network has 1 to 10 lower-case letters and digits, and starts with a letter.
        """
        return cast("ContainerDetachReply", self._change("POST", "/REST/container", {
            "operation": "detach",
            "container_name": container_name,
            "container_pool": container_pool,
            "network": network,
        }))

    def container_exec(
        self,
        *,
        container_name: str,
        container_pool: str,
        command: Union[List[str], str],
        timeout: Optional[Union[int, str]] = None,
    ) -> ContainerExecReply:
        """Runs a command in it to its end, without input.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        timeout: How many seconds the command may take; then it is killed.
        """
        return cast("ContainerExecReply", self._change("POST", "/REST/container", {
            "operation": "exec",
            "container_name": container_name,
            "container_pool": container_pool,
            "command": command,
            "timeout": timeout,
        }))

    def container_snapshot(
        self,
        *,
        container_name: str,
        container_pool: str,
        snapshot_name: str,
    ) -> ContainerSnapshotReply:
        """Takes a snapshot of it.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        snapshot_name: The snapshot's name: a snapshot name has 1 to 255 characters, without a slash, and does not start with "copa-".
        """
        return cast("ContainerSnapshotReply", self._change("POST", "/REST/container", {
            "operation": "snapshot",
            "container_name": container_name,
            "container_pool": container_pool,
            "snapshot_name": snapshot_name,
        }))

    def container_restore(
        self,
        *,
        container_name: str,
        container_pool: str,
        snapshot_name: str,
        stop_timeout: Optional[Union[int, str]] = None,
    ) -> ContainerRestoreReply:
        """Restores a snapshot: later changes are lost. If it runs it is shut down, as `stop` does, and started again.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        snapshot_name: The snapshot's name: a snapshot name has 1 to 255 characters, without a slash, and does not start with "copa-".
        stop_timeout: How many seconds it may take to shut down before it is killed.
        """
        return cast("ContainerRestoreReply", self._change("POST", "/REST/container", {
            "operation": "restore",
            "container_name": container_name,
            "container_pool": container_pool,
            "snapshot_name": snapshot_name,
            "stop_timeout": stop_timeout,
        }))

    def container_delete_snapshot(
        self,
        *,
        container_name: str,
        container_pool: str,
        snapshot_name: str,
    ) -> ContainerDeleteSnapshotReply:
        """Deletes one of its snapshots.

        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        snapshot_name: The snapshot's name: a snapshot name has 1 to 255 characters, without a slash, and does not start with "copa-".
        """
        return cast("ContainerDeleteSnapshotReply", self._change("POST", "/REST/container", {
            "operation": "delete_snapshot",
            "container_name": container_name,
            "container_pool": container_pool,
            "snapshot_name": snapshot_name,
        }))

    def batch_start(
        self,
        *,
        containers: Optional[str] = None,
        all: Optional[Union[bool, str]] = None,
        labels: Optional[str] = None,
        container_pool: Optional[str] = None,
        parallel: Optional[Union[int, str]] = None,
    ) -> BatchStartReply:
        """Starts containers.

        containers: These containers, as POOL:CONTAINER, separated by commas.
        all: All containers of `container_pool`, as far as the operation applies.
        labels: Those with these labels, as far as the operation applies: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas.
        container_pool: With `all` or `labels`: only those of these pools, separated by commas.
        parallel: How many are changed at a time.
        """
        return cast("BatchStartReply", self._change("POST", "/REST/batch", {
            "operation": "start",
            "containers": containers,
            "all": all,
            "labels": labels,
            "container_pool": container_pool,
            "parallel": parallel,
        }))

    def batch_stop(
        self,
        *,
        containers: Optional[str] = None,
        all: Optional[Union[bool, str]] = None,
        labels: Optional[str] = None,
        container_pool: Optional[str] = None,
        parallel: Optional[Union[int, str]] = None,
        stop_timeout: Optional[Union[int, str]] = None,
    ) -> BatchStopReply:
        """Shuts containers down, as `stop` of one does.

        containers: These containers, as POOL:CONTAINER, separated by commas.
        all: All containers of `container_pool`, as far as the operation applies.
        labels: Those with these labels, as far as the operation applies: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas.
        container_pool: With `all` or `labels`: only those of these pools, separated by commas.
        parallel: How many are changed at a time.
        stop_timeout: How many seconds it may take to shut down before it is killed.
        """
        return cast("BatchStopReply", self._change("POST", "/REST/batch", {
            "operation": "stop",
            "containers": containers,
            "all": all,
            "labels": labels,
            "container_pool": container_pool,
            "parallel": parallel,
            "stop_timeout": stop_timeout,
        }))

    def batch_restart(
        self,
        *,
        containers: Optional[str] = None,
        all: Optional[Union[bool, str]] = None,
        labels: Optional[str] = None,
        container_pool: Optional[str] = None,
        parallel: Optional[Union[int, str]] = None,
        stop_timeout: Optional[Union[int, str]] = None,
    ) -> BatchRestartReply:
        """Shuts containers down, and starts them again.

        containers: These containers, as POOL:CONTAINER, separated by commas.
        all: All containers of `container_pool`, as far as the operation applies.
        labels: Those with these labels, as far as the operation applies: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas.
        container_pool: With `all` or `labels`: only those of these pools, separated by commas.
        parallel: How many are changed at a time.
        stop_timeout: How many seconds it may take to shut down before it is killed.
        """
        return cast("BatchRestartReply", self._change("POST", "/REST/batch", {
            "operation": "restart",
            "containers": containers,
            "all": all,
            "labels": labels,
            "container_pool": container_pool,
            "parallel": parallel,
            "stop_timeout": stop_timeout,
        }))

    def batch_snapshot(
        self,
        *,
        snapshot_name: str,
        containers: Optional[str] = None,
        all: Optional[Union[bool, str]] = None,
        labels: Optional[str] = None,
        container_pool: Optional[str] = None,
        parallel: Optional[Union[int, str]] = None,
    ) -> BatchSnapshotReply:
        """Takes a snapshot of each container.

        containers: These containers, as POOL:CONTAINER, separated by commas.
        all: All containers of `container_pool`, as far as the operation applies.
        labels: Those with these labels, as far as the operation applies: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas.
        container_pool: With `all` or `labels`: only those of these pools, separated by commas.
        parallel: How many are changed at a time.
        snapshot_name: The snapshot's name: a snapshot name has 1 to 255 characters, without a slash, and does not start with "copa-".
        """
        return cast("BatchSnapshotReply", self._change("POST", "/REST/batch", {
            "operation": "snapshot",
            "containers": containers,
            "all": all,
            "labels": labels,
            "container_pool": container_pool,
            "parallel": parallel,
            "snapshot_name": snapshot_name,
        }))

    def batch_delete(
        self,
        *,
        containers: Optional[str] = None,
        all: Optional[Union[bool, str]] = None,
        labels: Optional[str] = None,
        container_pool: Optional[str] = None,
        parallel: Optional[Union[int, str]] = None,
    ) -> BatchDeleteReply:
        """Deletes stopped containers with their snapshots.

        containers: These containers, as POOL:CONTAINER, separated by commas.
        all: All containers of `container_pool`, as far as the operation applies.
        labels: Those with these labels, as far as the operation applies: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas.
        container_pool: With `all` or `labels`: only those of these pools, separated by commas.
        parallel: How many are changed at a time.
        """
        return cast("BatchDeleteReply", self._change("POST", "/REST/batch", {
            "operation": "delete",
            "containers": containers,
            "all": all,
            "labels": labels,
            "container_pool": container_pool,
            "parallel": parallel,
        }))

    def list_migrations(
        self,
        *,
        container_name: Optional[str] = None,
        limit: Optional[Union[int, str]] = None,
    ) -> ListMigrationsReply:
        """Present and past migrations, the newest first."""
        return cast("ListMigrationsReply", self._read("/REST/migrations", {
            "container_name": container_name,
            "limit": limit,
        }))

    def read_migration(
        self,
        *,
        id: str,
    ) -> ReadMigrationReply:
        """One migration."""
        return cast("ReadMigrationReply", self._read(f"/REST/migrations/{quote(id, safe='')}", {}))

    def cancel_migration(
        self,
        *,
        id: str,
    ) -> CancelMigrationReply:
        """Cancels a migration, while that is possible; 202 if it still goes back."""
        return cast("CancelMigrationReply", self._change("DELETE", f"/REST/migrations/{quote(id, safe='')}", None))

    def migration_resolve(
        self,
        *,
        id: str,
        keep: Literal["source", "destination"],
    ) -> MigrationResolveReply:
        """Decides which copy is valid, where the migration waits; what it costs is in `choices`.

        keep: Whose copy is valid from now on; the other one is kept aside, stopped.
        """
        return cast("MigrationResolveReply", self._change("POST", f"/REST/migrations/{quote(id, safe='')}", {
            "operation": "resolve",
            "keep": keep,
        }))

    def list_evacuations(
        self,
    ) -> ListEvacuationsReply:
        """The last evacuation of each pool that was ever evacuated."""
        return cast("ListEvacuationsReply", self._read("/REST/evacuations", {}))

    def read_evacuation(
        self,
        *,
        pool: str,
    ) -> ReadEvacuationReply:
        """The last evacuation of a pool."""
        return cast("ReadEvacuationReply", self._read(f"/REST/evacuations/{quote(pool, safe='')}", {}))

    def cancel_evacuation(
        self,
        *,
        pool: str,
    ) -> CancelEvacuationReply:
        """Ends an evacuation, or a return, early: what is not decided stays where it is."""
        return cast("CancelEvacuationReply", self._change("DELETE", f"/REST/evacuations/{quote(pool, safe='')}", None))

    def list_loci(
        self,
    ) -> ListLociReply:
        """The names of all pools."""
        return cast("ListLociReply", self._read("/REST/network/locus", {}))

    def read_kpilink(
        self,
        *,
        locus: Union[str, float],
        last: Optional[Union[Literal[""], Union[float, str]]] = None,
    ) -> ReadKpilinkReply:
        """Measurements of a link, the newest first.

        locus: A pool's name.
        last: Only so many of the newest rows; empty or absent: all that are kept, up to 10,000.
        """
        return cast("ReadKpilinkReply", self._read("/REST/network/kpilink", {
            "locus": locus,
            "last": last,
        }))

    def post_kpilink(
        self,
        *,
        locus1: Union[str, float],
        locus2: Union[str, float],
        jitter_1to2: Union[float, str],
        latency_max_1to2: Union[float, str],
        latency_median_1to2: Union[float, str],
        latency_min_1to2: Union[float, str],
        jitter_2to1: Union[float, str],
        latency_max_2to1: Union[float, str],
        latency_median_2to1: Union[float, str],
        latency_min_2to1: Union[float, str],
        throughput: Union[float, str],
    ) -> PostKpilinkReply:
        """.

        locus1: A pool's name.
        locus2: A pool's name.
        jitter_1to2: Jitter from the first pool to the second, in milliseconds.
        latency_max_1to2: The highest latency from the first pool to the second, in milliseconds.
        latency_median_1to2: The median of the latency from the first pool to the second, in milliseconds.
        latency_min_1to2: The lowest latency from the first pool to the second, in milliseconds.
        jitter_2to1: Jitter from the second pool to the first, in milliseconds.
        latency_max_2to1: The highest latency from the second pool to the first, in milliseconds.
        latency_median_2to1: The median of the latency from the second pool to the first, in milliseconds.
        latency_min_2to1: The lowest latency from the second pool to the first, in milliseconds.
        throughput: Mbit/s seen on the link.
        """
        return cast("PostKpilinkReply", self._change("POST", "/REST/network/kpilink", {
            "locus1": locus1,
            "locus2": locus2,
            "jitter_1to2": jitter_1to2,
            "latency_max_1to2": latency_max_1to2,
            "latency_median_1to2": latency_median_1to2,
            "latency_min_1to2": latency_min_1to2,
            "jitter_2to1": jitter_2to1,
            "latency_max_2to1": latency_max_2to1,
            "latency_median_2to1": latency_median_2to1,
            "latency_min_2to1": latency_min_2to1,
            "throughput": throughput,
        }))

    def read_kpiresource(
        self,
        *,
        locus: Union[str, float],
        last: Optional[Union[Literal[""], Union[float, str]]] = None,
    ) -> ReadKpiresourceReply:
        """Measurements of a pool's CPU and memory, the newest first.

        locus: A pool's name.
        last: Only so many of the newest rows; empty or absent: all that are kept, up to 10,000.
        """
        return cast("ReadKpiresourceReply", self._read("/REST/network/kpiresource", {
            "locus": locus,
            "last": last,
        }))

    def post_kpiresource(
        self,
        *,
        locus: Union[str, float],
        CPU: Union[float, str],
        memory: Union[float, str],
    ) -> PostKpiresourceReply:
        """.

        locus: A pool's name.
        CPU: Percent of all processors.
        memory: Percent used.
        """
        return cast("PostKpiresourceReply", self._change("POST", "/REST/network/kpiresource", {
            "locus": locus,
            "CPU": CPU,
            "memory": memory,
        }))

    def read_kpiwireless(
        self,
        *,
        locus: Union[str, float],
        last: Optional[Union[Literal[""], Union[float, str]]] = None,
    ) -> ReadKpiwirelessReply:
        """Measurements of a wireless station, the newest first.

        locus: A pool's name.
        last: Only so many of the newest rows; empty or absent: all that are kept, up to 10,000.
        """
        return cast("ReadKpiwirelessReply", self._read("/REST/network/kpiwireless", {
            "locus": locus,
            "last": last,
        }))

    def post_kpiwireless(
        self,
        *,
        locus: Union[str, float],
        mac: Union[str, float],
        mfb: Union[bool, str, Literal[0, 1]],
        tdls: Union[bool, str, Literal[0, 1]],
        wmm: Union[bool, str, Literal[0, 1]],
        authenticated: Union[bool, str, Literal[0, 1]],
        authorized: Union[bool, str, Literal[0, 1]],
        expected_throughput: Union[str, float],
        inactive_time: Union[str, float],
        preamble: Union[str, float],
        rx_bitrate: Union[str, float],
        signal: Union[str, float],
        signal_avg: Union[str, float],
        tx_bitrate: Union[str, float],
        rx_bytes: Union[float, str],
        rx_packets: Union[float, str],
        tx_bytes: Union[float, str],
        tx_failed: Union[float, str],
        tx_retries: Union[float, str],
    ) -> PostKpiwirelessReply:
        """.

        locus: A pool's name.
        """
        return cast("PostKpiwirelessReply", self._change("POST", "/REST/network/kpiwireless", {
            "locus": locus,
            "mac": mac,
            "mfb": mfb,
            "tdls": tdls,
            "wmm": wmm,
            "authenticated": authenticated,
            "authorized": authorized,
            "expected_throughput": expected_throughput,
            "inactive_time": inactive_time,
            "preamble": preamble,
            "rx_bitrate": rx_bitrate,
            "signal": signal,
            "signal_avg": signal_avg,
            "tx_bitrate": tx_bitrate,
            "rx_bytes": rx_bytes,
            "rx_packets": rx_packets,
            "tx_bytes": tx_bytes,
            "tx_failed": tx_failed,
            "tx_retries": tx_retries,
        }))

    def read_kpicommand(
        self,
        *,
        locus: Union[str, float],
        last: Optional[Union[Literal[""], Union[float, str]]] = None,
    ) -> ReadKpicommandReply:
        """Measurements of the times of a command, the newest first.

        locus: A pool's name.
        last: Only so many of the newest rows; empty or absent: all that are kept, up to 10,000.
        """
        return cast("ReadKpicommandReply", self._read("/REST/network/kpicommand", {
            "locus": locus,
            "last": last,
        }))

    def post_kpicommand(
        self,
        *,
        locus: Union[str, float],
        cmd: Union[str, float],
        cmd_type: Literal["v", "g", ""],
        proc_time: Union[float, str],
        response_time: Union[float, str],
    ) -> PostKpicommandReply:
        """.

        locus: A pool's name.
        proc_time: Processing time, in milliseconds.
        response_time: Response time, in milliseconds.
        """
        return cast("PostKpicommandReply", self._change("POST", "/REST/network/kpicommand", {
            "locus": locus,
            "cmd": cmd,
            "cmd_type": cmd_type,
            "proc_time": proc_time,
            "response_time": response_time,
        }))

    def read_configuration(
        self,
    ) -> ReadConfigurationReply:
        """Whether containers move by themselves, and by what."""
        return cast("ReadConfigurationReply", self._read("/REST/network/configuration", {}))

    def change_configuration(
        self,
        *,
        delegation_mode: Optional[Literal["m", "a"]] = None,
        auto_delegation_type: Optional[Literal["threshold_cpu", "threshold_lat", "threshold_cpulat", ""]] = None,
    ) -> ChangeConfigurationReply:
        """.

        delegation_mode: m: people move containers. a: the controller moves them, too.
        auto_delegation_type: By what the controller moves containers in mode a.
        """
        return cast("ChangeConfigurationReply", self._change("POST", "/REST/network/configuration", {
            "delegation_mode": delegation_mode,
            "auto_delegation_type": auto_delegation_type,
        }))

    def read_dashboard(
        self,
    ) -> ReadDashboardReply:
        """Means of all pools, and their containers."""
        return cast("ReadDashboardReply", self._read("/REST/network/dashboard", {}))

    def read_dashboard_links(
        self,
        *,
        locus: Union[str, float],
        id_last_item: Union[float, str],
    ) -> ReadDashboardLinksReply:
        """The newest rows of the links of a pool.

        locus: A pool's name.
        id_last_item: Only rows with higher ids.
        """
        return cast("ReadDashboardLinksReply", self._read("/REST/network/dashboardlinks", {
            "locus": locus,
            "id_last_item": id_last_item,
        }))

    def read_history(
        self,
        *,
        what: Literal["link", "pool", "container", "promql"],
        query: Optional[str] = None,
        container_pool: Optional[str] = None,
        container_name: Optional[str] = None,
        peer: Optional[str] = None,
        since: Optional[str] = None,
        until: Optional[str] = None,
        step: Optional[str] = None,
        format: Optional[Literal["json", "csv"]] = None,
    ) -> ReadHistoryReply:
        """What links, pools and containers were like.

        query: In PromQL, of the Prometheus server of --prometheus; for what=promql.
        container_pool: Of this pool; absent: of all.
        container_name: Of this container; for what=container.
        peer: Of the links to this pool; for what=link.
        since: ISO 8601, or a time before now as 24h or 30d. The last day has values of 5 s, 30 days those of 5 minutes.
        until: ISO 8601, or a time before now as 24h or 30d. Absent: now.
        step: One value is the mean of so long a time: 5s and more. Absent: a step for 720 values at most.
        """
        return cast("ReadHistoryReply", self._read("/REST/history", {
            "what": what,
            "query": query,
            "container_pool": container_pool,
            "container_name": container_name,
            "peer": peer,
            "since": since,
            "until": until,
            "step": step,
            "format": format,
        }))

    def list_networks(
        self,
    ) -> ListNetworksReply:
        """The networks over several hosts."""
        return cast("ListNetworksReply", self._read("/REST/networks", {}))

    def network_create(
        self,
        *,
        name: str,
        subnet: Optional[str] = None,
        pools: Optional[str] = None,
        encrypt: Optional[Union[bool, str]] = None,
    ) -> NetworkCreateReply:
        """Creates a network over these pools, after a check that nothing of theirs is in its way.

        name: A network over several hosts: a name of a network has 1 to 10 lower-case letters and digits, and starts with a letter.
        subnet: a private IPv4 subnet with a prefix of 18 to 29 bits is expected, as 10.50.0.0/24. Otherwise a free one.
        pools: Pools, or `@GROUP` for all of a group, separated by commas; `all`: also those that come later.
        encrypt: true: what containers send to other hosts is encrypted, by WireGuard.
        """
        return cast("NetworkCreateReply", self._change("POST", "/REST/networks", {
            "operation": "create",
            "name": name,
            "subnet": subnet,
            "pools": pools,
            "encrypt": encrypt,
        }))

    def network_join(
        self,
        *,
        name: str,
        pools: str,
    ) -> NetworkJoinReply:
        """Adds pools to a network.

        name: A network over several hosts: a name of a network has 1 to 10 lower-case letters and digits, and starts with a letter.
        pools: Pools, or `@GROUP` for all of a group, separated by commas; `all`: also those that come later.
        """
        return cast("NetworkJoinReply", self._change("POST", "/REST/networks", {
            "operation": "join",
            "name": name,
            "pools": pools,
        }))

    def network_leave(
        self,
        *,
        name: str,
        pools: str,
    ) -> NetworkLeaveReply:
        """Removes a network from pools on which no container uses it.

        name: A network over several hosts: a name of a network has 1 to 10 lower-case letters and digits, and starts with a letter.
        pools: Pools, or `@GROUP` for all of a group, separated by commas; `all`: also those that come later.
        """
        return cast("NetworkLeaveReply", self._change("POST", "/REST/networks", {
            "operation": "leave",
            "name": name,
            "pools": pools,
        }))

    def network_delete(
        self,
        *,
        name: str,
    ) -> NetworkDeleteReply:
        """Deletes a network that no container uses, and removes from the hosts what was made for it.

        name: A network over several hosts: a name of a network has 1 to 10 lower-case letters and digits, and starts with a letter.
        """
        return cast("NetworkDeleteReply", self._change("POST", "/REST/networks", {
            "operation": "delete",
            "name": name,
        }))

    def read_network(
        self,
        *,
        name: str,
    ) -> ReadNetworkReply:
        """One network, its hosts and containers."""
        return cast("ReadNetworkReply", self._read(f"/REST/networks/{quote(name, safe='')}", {}))

    def list_ports(
        self,
    ) -> ListPortsReply:
        """The ports of hosts that lead to containers."""
        return cast("ListPortsReply", self._read("/REST/ports", {}))

    def port_publish(
        self,
        *,
        container_pool: str,
        container_name: str,
        container_port: Union[int, str],
        port: Optional[Union[int, str]] = None,
        protocol: Optional[Literal["tcp", "udp"]] = None,
        pools: Optional[str] = None,
        network: Optional[str] = None,
    ) -> PortPublishReply:
        """Publishes a port of a container on hosts of its network, on which nothing listens there.

        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        container_port: Of the container.
        port: Of the hosts; otherwise the same as of the container.
        pools: Pools, or `@GROUP` for all of a group, separated by commas; `all`: all of the network, also those that come later.
        network: A network over several hosts: a name of a network has 1 to 10 lower-case letters and digits, and starts with a letter.
        """
        return cast("PortPublishReply", self._change("POST", "/REST/ports", {
            "operation": "publish",
            "container_pool": container_pool,
            "container_name": container_name,
            "container_port": container_port,
            "port": port,
            "protocol": protocol,
            "pools": pools,
            "network": network,
        }))

    def port_unpublish(
        self,
        *,
        container_pool: str,
        container_name: str,
        port: Optional[Union[int, str]] = None,
        protocol: Optional[Literal["tcp", "udp"]] = None,
    ) -> PortUnpublishReply:
        """Gives back a port of a container, or all of its ports.

        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        container_name: The container's name: a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash.
        port: Of the hosts; otherwise all ports of the container.
        protocol: Otherwise both.
        """
        return cast("PortUnpublishReply", self._change("POST", "/REST/ports", {
            "operation": "unpublish",
            "container_pool": container_pool,
            "container_name": container_name,
            "port": port,
            "protocol": protocol,
        }))

    def list_policies(
        self,
    ) -> ListPoliciesReply:
        """All policies, with their last decisions."""
        return cast("ListPoliciesReply", self._read("/REST/policies", {}))

    def policy_apply(
        self,
        *,
        policy: str,
        dry_run: Optional[Union[bool, str]] = None,
    ) -> PolicyApplyReply:
        """Adds a policy, or replaces the one of its name.

        policy: The policy, in YAML or JSON.
        dry_run: Only check it.
        """
        return cast("PolicyApplyReply", self._change("POST", "/REST/policies", {
            "operation": "apply",
            "policy": policy,
            "dry_run": dry_run,
        }))

    def policy_replay(
        self,
        *,
        policy: str,
        since: Optional[str] = None,
    ) -> PolicyReplayReply:
        """What a policy would have done on recorded values; nothing happens.

        policy: The policy, in YAML or JSON.
        since: How far back: 24h at most.
        """
        return cast("PolicyReplayReply", self._change("POST", "/REST/policies", {
            "operation": "replay",
            "policy": policy,
            "since": since,
        }))

    def policy_pause(
        self,
        *,
        name: str,
    ) -> PolicyPauseReply:
        """Pauses a policy: it decides nothing until it is resumed.

        name: The name of the policy.
        """
        return cast("PolicyPauseReply", self._change("POST", "/REST/policies", {
            "operation": "pause",
            "name": name,
        }))

    def policy_resume(
        self,
        *,
        name: str,
    ) -> PolicyResumeReply:
        """Resumes a paused policy.

        name: The name of the policy.
        """
        return cast("PolicyResumeReply", self._change("POST", "/REST/policies", {
            "operation": "resume",
            "name": name,
        }))

    def policy_delete(
        self,
        *,
        name: str,
    ) -> PolicyDeleteReply:
        """Deletes a policy; a built-in one gets its first text again.

        name: The name of the policy.
        """
        return cast("PolicyDeleteReply", self._change("POST", "/REST/policies", {
            "operation": "delete",
            "name": name,
        }))

    def read_policy(
        self,
        *,
        name: str,
    ) -> ReadPolicyReply:
        """One policy, its decisions, and what it would decide now."""
        return cast("ReadPolicyReply", self._read(f"/REST/policies/{quote(name, safe='')}", {}))

    def read_rebalance(
        self,
    ) -> ReadRebalanceReply:
        """The last moves of rebalances, and how often the controller makes some by itself."""
        return cast("ReadRebalanceReply", self._read("/REST/rebalance", {}))

    def rebalance_plan(
        self,
        *,
        target: Optional[str] = None,
        moves: Optional[Union[int, str]] = None,
        downtime: Optional[Union[float, str]] = None,
    ) -> RebalancePlanReply:
        """The moves that would bring the load of the pools into balance; nothing happens.

        target: Only these pools send and receive: `@any` or `@GROUP`.
        moves: How many at most; 10 by default.
        downtime: The predicted downtimes of all moves together at most; 60s by default.
        """
        return cast("RebalancePlanReply", self._change("POST", "/REST/rebalance", {
            "operation": "plan",
            "target": target,
            "moves": moves,
            "downtime": downtime,
        }))

    def rebalance_apply(
        self,
        *,
        target: Optional[str] = None,
        moves: Optional[Union[int, str]] = None,
        downtime: Optional[Union[float, str]] = None,
    ) -> RebalanceApplyReply:
        """Orders these moves, and answers when they wait in the queue.

        target: Only these pools send and receive: `@any` or `@GROUP`.
        moves: How many at most; 10 by default.
        downtime: The predicted downtimes of all moves together at most; 60s by default.
        """
        return cast("RebalanceApplyReply", self._change("POST", "/REST/rebalance", {
            "operation": "apply",
            "target": target,
            "moves": moves,
            "downtime": downtime,
        }))

    def read_overview(
        self,
        *,
        container_pool: Optional[str] = None,
        limit: Optional[Union[int, str]] = None,
        labels: Optional[str] = None,
        after: Optional[str] = None,
    ) -> Overview:
        """All pools and their containers, as the controller sees them now.

        container_pool: Only this pool.
        limit: Pools in one answer, at most.
        labels: Only containers with these labels: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas.
        after: Continue after the pool of this name: the `next` of the page before.
        """
        return cast("Overview", self._read("/REST/overview", {
            "container_pool": container_pool,
            "limit": limit,
            "labels": labels,
            "after": after,
        }))

    def list_tokens(
        self,
    ) -> ListTokensReply:
        """The tokens for this API and for hosts that join."""
        return cast("ListTokensReply", self._read("/REST/tokens", {}))

    def token_create_api(
        self,
        *,
        name: str,
        role: Literal["viewer", "operator", "admin"],
        ttl: Optional[str] = None,
        pools: Optional[str] = None,
    ) -> TokenCreateApiReply:
        """Creates a token for this API.

        ttl: How long it is valid, as 90d, 12h, 30m or 45s.
        pools: The pools that it is confined to, separated by commas; empty: all pools.
        """
        return cast("TokenCreateApiReply", self._change("POST", "/REST/tokens", {
            "operation": "create",
            "kind": "api",
            "name": name,
            "role": role,
            "ttl": ttl,
            "pools": pools,
        }))

    def token_create_join(
        self,
        *,
        container_pool: Optional[str] = None,
        ttl: Optional[str] = None,
    ) -> TokenCreateJoinReply:
        """Creates a token with which a host joins, once.

        container_pool: The only pool for which it is valid. With an existing pool, its host joins again.
        ttl: How long it is valid, as 1h or 30m.
        """
        return cast("TokenCreateJoinReply", self._change("POST", "/REST/tokens", {
            "operation": "create",
            "kind": "join",
            "container_pool": container_pool,
            "ttl": ttl,
        }))

    def token_revoke(
        self,
        *,
        name: str,
    ) -> TokenRevokeReply:
        """Revokes a token, by its name, or by its id if it is a join token."""
        return cast("TokenRevokeReply", self._change("POST", "/REST/tokens", {
            "operation": "revoke",
            "name": name,
        }))

    def read_ca(
        self,
    ) -> ReadCaReply:
        """Which CAs are trusted, and the progress of a replacement of the CA."""
        return cast("ReadCaReply", self._read("/REST/ca", {}))

    def ca_rotate(
        self,
    ) -> CaRotateReply:
        """Starts to replace the CA: both CAs are trusted until all hosts have certificates of the new one."""
        return cast("CaRotateReply", self._change("POST", "/REST/ca", {
            "operation": "rotate",
        }))

    def ca_finish(
        self,
    ) -> CaFinishReply:
        """Ends the replacement at once: hosts without a new certificate have to join again."""
        return cast("CaFinishReply", self._change("POST", "/REST/ca", {
            "operation": "finish",
        }))

    def ca_issue(
        self,
        *,
        container_pool: str,
        request: str,
    ) -> CaIssueReply:
        """Certifies the key of a host.

        container_pool: The pool's name: a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit.
        request: PKCS #10, PEM.
        """
        return cast("CaIssueReply", self._change("POST", "/REST/ca", {
            "operation": "issue",
            "container_pool": container_pool,
            "request": request,
        }))

    def read_audit(
        self,
        *,
        limit: Optional[Union[int, str]] = None,
    ) -> ReadAuditReply:
        """The end of this controller's audit log, the newest last."""
        return cast("ReadAuditReply", self._read("/REST/audit", {
            "limit": limit,
        }))

    def read_backup(
        self,
    ) -> ReadBackupReply:
        """The state of the automatic backups, and of a restore."""
        return cast("ReadBackupReply", self._read("/REST/backup", {}))

    def backup_export(
        self,
    ) -> BackupExportReply:
        """All data of COPA in etcd at one revision, without the cluster secret."""
        return cast("BackupExportReply", self._change("POST", "/REST/backup", {
            "operation": "export",
        }))

    def list_controllers(
        self,
    ) -> ListControllersReply:
        """The controllers of this cluster."""
        return cast("ListControllersReply", self._read("/REST/controllers", {}))

    def controller_init(
        self,
        *,
        address: Optional[str] = None,
    ) -> ControllerInitReply:
        """Gives this controller an address for others.

        address: Where other controllers reach this one, IPv4 or IPv4:PORT; needed with several addresses.
        """
        return cast("ControllerInitReply", self._change("POST", "/REST/controllers", {
            "operation": "init",
            "address": address,
        }))

    def controller_token(
        self,
        *,
        ttl: Optional[str] = None,
    ) -> ControllerTokenReply:
        """Creates a token with which a controller joins, once.

        ttl: How long it is valid, as 1h or 30m; a day at most.
        """
        return cast("ControllerTokenReply", self._change("POST", "/REST/controllers", {
            "operation": "token",
            "ttl": ttl,
        }))

    def controller_remove(
        self,
        *,
        name: str,
        alone: Optional[Union[bool, str]] = None,
    ) -> ControllerRemoveReply:
        """Removes a controller; the others have to be able to go on without it.

        name: Its name, or its address for other controllers.
        alone: One controller may be left, which nothing replaces.
        """
        return cast("ControllerRemoveReply", self._change("POST", "/REST/controllers", {
            "operation": "remove",
            "name": name,
            "alone": alone,
        }))

    def controller_promote(
        self,
        *,
        name: str,
    ) -> ControllerPromoteReply:
        """Gives a controller that has all data its vote, which also happens by itself.

        name: Its name, or its address for other controllers.
        """
        return cast("ControllerPromoteReply", self._change("POST", "/REST/controllers", {
            "operation": "promote",
            "name": name,
        }))

    def read_health(
        self,
    ) -> ReadHealthReply:
        """Whether the controller serves."""
        return cast("ReadHealthReply", self._read("/healthz", {}))

    def read_readiness(
        self,
    ) -> ReadReadinessReply:
        """Whether the controller has all that it needs for its work."""
        return cast("ReadReadinessReply", self._read("/readyz", {}))

    def read_metrics(
        self,
    ) -> str:
        """The metrics of the controller, for Prometheus."""
        return self._text("/metrics")
