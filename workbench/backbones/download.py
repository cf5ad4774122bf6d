"""One file from the web into a folder: resumed where it stopped, and taken only if it is the one that was meant."""

from __future__ import annotations

import re
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from workbench.backbones.registry import file_sha256
from workbench.cancel import CancelToken
from workbench.errors import WorkbenchError

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are there, and with how many there will be where the server tells."""

PART_SUFFIX = ".part"
TIMEOUT_S = 20.0
"""For a connection, and for silence on it; a stop is heeded within this time."""

_CHUNK = 1 << 18
_RANGE_NOT_SATISFIABLE = 416
_PARTIAL_CONTENT = 206


def download(
    address: str, target: Path, sha256_start: str, token: CancelToken, progress: Progress
) -> None:
    """Fetch a file through the system's proxies; what arrives is kept beside it until it is whole.

    Args:
        address: Of the file.
        target: Where it goes; a file of that name with the right hash is left as it is.
        sha256_start: First hexadecimal digits of its hash.
        token: Stops between two pieces; what arrived stays for the next time.
        progress: Told after each piece.

    Raises:
        WorkbenchError: when the server cannot be reached or does not have it, the connection breaks, the file is
            another one, or it cannot be written.
        Cancelled: when the token was stopped.
    """
    if _is_genuine(target, sha256_start):
        return
    part = target.with_name(target.name + PART_SUFFIX)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not _is_genuine(part, sha256_start):
            _receive(address, part, token, progress)
        if not _is_genuine(part, sha256_start):
            part.unlink()
            raise WorkbenchError(
                f"What {_host(address)} sent as {target.name} is another file: its hash does not begin with "
                f"{sha256_start}.",
                data="It was thrown away.",
                hint="Try again; if that does not help, something on the way changes the file.",
            )
        part.replace(target)
    except OSError as error:
        raise WorkbenchError(
            f"{target} could not be written: {error.strerror or error}.",
            hint="Free some disk space, then get it again.",
        ) from error


def _is_genuine(path: Path, sha256_start: str) -> bool:
    return path.is_file() and file_sha256(path).startswith(sha256_start)


def _receive(address: str, part: Path, token: CancelToken, progress: Progress) -> None:
    """Append what is missing of a file, or write all of it where the server cannot send a rest."""
    token.check()
    have = part.stat().st_size if part.exists() else 0
    with _open(address, have) as response:
        if not _continues_at(response, have):
            have = 0
        length = response.headers.get("Content-Length")
        total = have + int(length) if length is not None else None
        with part.open("ab" if have else "wb") as file:
            while piece := _piece(response, address, have):
                file.write(piece)
                have += len(piece)
                progress(have, total)
                token.check()
    if total is not None and have < total:
        raise _broken(address, have)


def _open(address: str, start: int) -> HTTPResponse:
    """Ask for the rest of a file; what comes may be all of it."""
    headers = {"User-Agent": "adaptation-workbench"}
    if start:
        headers["Range"] = f"bytes={start}-"
    try:
        response: HTTPResponse = urlopen(Request(address, headers=headers), timeout=TIMEOUT_S)
    except HTTPError as error:
        with error:
            if error.code == _RANGE_NOT_SATISFIABLE and start:
                return _open(address, 0)
            raise _refused(address, error) from error
    except (OSError, HTTPException) as error:
        raise _unreachable(address, error) from error
    return response


def _continues_at(response: HTTPResponse, start: int) -> bool:
    if response.status != _PARTIAL_CONTENT:
        return False
    described = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return described is not None and int(described[1]) == start


def _piece(response: HTTPResponse, address: str, have: int) -> bytes:
    try:
        return response.read1(_CHUNK)
    except (OSError, HTTPException) as error:
        raise _broken(address, have) from error


def _host(address: str) -> str:
    return urlsplit(address).hostname or address


def _refused(address: str, error: HTTPError) -> WorkbenchError:
    return WorkbenchError(
        f"{_host(address)} does not give {address}: {error.code} {error.reason}.",
        data="Nothing was downloaded.",
        hint="It may have moved; a file from elsewhere can be imported as a checkpoint.",
    )


def _unreachable(address: str, error: Exception) -> WorkbenchError:
    reason = getattr(error, "reason", None) or error
    return WorkbenchError(
        f"{_host(address)} cannot be reached: {reason}.",
        data="Nothing was downloaded.",
        hint=f"Check the connection; or get {address} on another computer and import the file as a checkpoint.",
    )


def _broken(address: str, have: int) -> WorkbenchError:
    return WorkbenchError(
        f"The connection to {_host(address)} broke after {have / 1e6:.1f} MB.",
        data="What arrived is kept.",
        hint="Get it again; that goes on where it stopped.",
    )
