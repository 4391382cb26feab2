"""Spread the batches of calibration and evaluation over a Dask cluster: workers on this machine, or on many.

A task travels once to every worker, also to one that joins later; batches travel with their data, so workers need this package and
no files. A worker that dies costs the batches that it had: the scheduler gives them to another.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import queue
import secrets
import time
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from mrt_studio.errors import JobError, OptionError, StudioError, WorkerDied
from mrt_studio.session.environment import environment
from mrt_studio.stages.base import Report
from mrt_studio.stages.spread import Part, Result, Task

PATIENCE = 30.0
"""Seconds that a scheduler may take to answer, and a cluster may be without any worker."""
_POLL_SECONDS = 0.5
_BATCHES_A_WORKER = 2
"""One that it works on, and one that waits, so that it never idles; more would only fill memory."""


@dataclass(frozen=True)
class Cluster:
    """Where batches run: `workers` processes of this machine, or the cluster of a `scheduler`.

    Attributes:
        workers: how many processes to start; 0 when a scheduler is named.
        scheduler: its address, ``tls://host:port``, or ``tcp://`` on this machine.
        tls_ca, tls_cert, tls_key: PEM files, needed for ``tls://``; both sides prove who they are.
    """

    workers: int = 0
    scheduler: str = ""
    tls_ca: str = ""
    tls_cert: str = ""
    tls_key: str = ""

    def __post_init__(self) -> None:
        """Check the options.

        Raises:
            OptionError: they do not fit together, or would send data in the open to another machine.
        """
        if not self.scheduler:
            if not 1 <= self.workers <= 256:
                raise OptionError(f"{self.workers} workers cannot be started.", remedy="Give a number from 1 to 256.")
            return
        if self.workers:
            raise OptionError("Workers are either started here or found at a scheduler.", remedy="Give --workers or --scheduler, not both.")
        self._check_scheduler()

    def map(self, task: Task[Result], parts: Iterable[Part], count: int, report: Report) -> Iterator[tuple[int, Result]]:
        """Each batch's number and result, as they come.

        Raises:
            JobError: the scheduler does not answer or is lost, there are no workers, or one failed.
            WorkerDied: a batch ended every worker that it was given to.
            OptionError: Dask is not installed, or a worker has other versions or another processor.
            StudioError: what the task raised.
        """
        report.log(f"Starting {self.workers} workers" if self.workers else f"Connecting to {self.scheduler}")
        report.progress(0, count, "starting the workers")
        dask = _distributed()
        with _refusals(dask), self._client(dask) as client, _installed(client, task) as name:
            yield from _Run(dask, client, name, count, report).results(iter(parts))
        report.progress(count, count, "done")

    def _check_scheduler(self) -> None:
        address = urlsplit(self.scheduler)
        with contextlib.suppress(ValueError):
            if address.scheme in ("tcp", "tls") and address.hostname and address.port:
                if address.scheme == "tls":
                    self._check_files()
                elif not _is_loopback(address.hostname):
                    raise OptionError(
                        "A scheduler on another machine is only used over TLS.",
                        where=self.scheduler,
                        why="Anyone in between could read the model and run code here and there.",
                        remedy="Give tls://HOST:PORT with --tls-ca, --tls-cert and --tls-key.",
                    )
                return
        raise OptionError(f"{self.scheduler[:80]!r} is no address of a scheduler.", remedy="Write it like tls://host:8786, or tcp://127.0.0.1:8786.")

    def _check_files(self) -> None:
        for flag, file in (("--tls-ca", self.tls_ca), ("--tls-cert", self.tls_cert), ("--tls-key", self.tls_key)):
            if not file or not Path(file).is_file():
                raise OptionError(f"TLS needs a PEM file for {flag}.", why=f"{file} does not exist." if file else "", remedy=f"Give {flag} FILE.")

    @contextlib.contextmanager
    def _client(self, dask: ModuleType) -> Generator[Any]:
        """A connection to the scheduler; workers that were started for it end with it."""
        with contextlib.ExitStack() as stack:
            if self.workers:
                cluster = stack.enter_context(_local(dask, self.workers))
                client = stack.enter_context(dask.Client(cluster, set_as_default=False))
            else:
                client = stack.enter_context(dask.Client(self.scheduler, timeout=PATIENCE, security=self._security(dask), set_as_default=False))
            yield client

    def _security(self, dask: ModuleType) -> Any:
        if not self.scheduler.startswith("tls"):
            return None
        return dask.Security(tls_ca_file=self.tls_ca, tls_client_cert=self.tls_cert, tls_client_key=self.tls_key, require_encryption=True)


class _Run:
    """A task under way: batches are handed out as workers get free, so that few wait in memory."""

    def __init__(self, dask: ModuleType, client: Any, name: str, count: int, report: Report) -> None:
        from mrt_studio.session.cluster_worker import run_part  # noqa: PLC0415  (it needs Dask)

        self._run_part = run_part
        self._dask, self._client, self._name, self._count, self._report = dask, client, name, count, report
        self._ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._pending: dict[Any, int] = {}
        self._seen = time.monotonic()
        self._done, self._all_out = 0, False

    def results(self, parts: Iterator[Part]) -> Iterator[tuple[int, Any]]:
        self._hand_out(parts)
        while self._pending or not self._all_out:
            self._tell()
            try:
                future = self._ended.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                if self._client.status != "running":
                    raise _lost() from None
                self._hand_out(parts)  # workers may have joined
                continue
            number = self._pending.pop(future)
            yield number, self._result(future, number)
            self._done += 1
            self._hand_out(parts)

    def _hand_out(self, parts: Iterator[Part]) -> None:
        workers = sum(self._client.nthreads().values())
        now = time.monotonic()
        if workers:
            self._seen = now
        elif now - self._seen > PATIENCE:
            raise JobError("The cluster has no workers.", why=f"None came within {PATIENCE:.0f} seconds.", remedy="Start some: dask worker ADDRESS.")
        while len(self._pending) < _BATCHES_A_WORKER * workers and not self._all_out:
            part = next(parts, None)
            if part is None:
                self._all_out = True
                return
            key = f"{self._name}-{part.number}"
            future = self._client.submit(self._run_part, self._name, part, key=key, pure=False)
            self._pending[future] = part.number
            future.add_done_callback(self._ended.put)

    def _tell(self) -> None:
        self._report.progress(self._done, self._count, f"batch {min(self._done + 1, self._count)} of {self._count}")

    def _result(self, future: Any, number: int) -> Any:
        if future.status == "finished":
            return future.result()
        if future.status != "error":
            raise _lost()
        error = future.exception()
        if isinstance(error, StudioError):
            raise error
        if isinstance(error, self._dask.KilledWorker):
            why = f"Batch {number + 1} was given to several, and each died."
            raise WorkerDied("Workers of the cluster died.", why=why, remedy="Use a smaller batch if their memory was short; their logs say more.")
        raise JobError("A worker of the cluster failed.", where=f"batch {number + 1}", why=f"{type(error).__name__}: {error}"[:300], remedy="See its log.")


def _distributed() -> ModuleType:
    """Import Dask."""
    try:
        import distributed  # noqa: PLC0415  (optional, and half a second)
    except ImportError:
        raise OptionError("Dask is not installed.", remedy="pip install 'mrt-studio[cluster]'") from None
    return distributed


@contextlib.contextmanager
def _refusals(dask: ModuleType) -> Generator[None]:
    """Dask's own errors as ours."""
    try:
        yield
    except (OSError, TimeoutError, dask.client.FutureCancelledError) as error:
        raise _lost(str(error)) from None


@contextlib.contextmanager
def _installed(client: Any, task: Task[Any]) -> Generator[str]:
    """Bring a task to all workers, and to those that join; gives its name there."""
    from mrt_studio.session.cluster_worker import Installation  # noqa: PLC0415  (it needs Dask)

    name = f"mrt-studio-{secrets.token_hex(8)}"
    client.register_plugin(Installation(name, task, environment()), name=name)
    try:
        yield name
    finally:
        if client.status == "running":
            client.unregister_worker_plugin(name)


def _local(dask: ModuleType, workers: int) -> Any:
    """Workers of this machine, one thread each.

    Dask would have them give freed memory back at once (MALLOC_TRIM_THRESHOLD_), which makes MXNet a third slower.
    """
    from dask import config  # noqa: PLC0415

    variables = config.get("distributed.nanny.pre-spawn-environ")
    kept = {name: value for name, value in variables.items() if name != "MALLOC_TRIM_THRESHOLD_"}
    with config.set({"distributed.nanny.pre-spawn-environ": kept}):
        return dask.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # of the scheduler's plain web server, which cannot be left out
            scheduler_kwargs={"dashboard": False},
            memory_limit=None,
            silence_logs=logging.CRITICAL,
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _lost(why: str = "") -> JobError:
    return JobError("The scheduler of the cluster does not answer.", why=why[:300], remedy="Start it again, then run the stage again.")
