"""The bus: publishers and subscriptions that find each other by topic.

>>> import numpy as np, quantum as q
>>> bus = q.Bus(capacity=1024)
>>> trades = bus.subscribe("md.*.BTCUSDT.trade")
>>> events = np.zeros(3, q.dtypes.EVENT)
>>> events["kind"], events["price"] = 1, [618_001, 618_002, 618_003]
>>> bus.publisher("md.binance.BTCUSDT").publish(events)
3
>>> [batch["price"].tolist() for batch in trades.batches(timeout=0.01)]
[[618001, 618002, 618003]]

Topics are dot-separated; in a pattern ``*`` is one token and ``>`` one or more at the end. Publishers, subscriptions
and handlers are of one record type, EVENT unless ``dtype=`` says another:

========  =================================================================================================
EVENT     ``md.<venue>.<symbol>.<kind>``, ``scan.<pattern>.<symbol>``, ``signal.<symbol>``, ``control.bus``
BAR       ``md.<venue>.<symbol>.bar.<timeframe>``
COMMAND   ``command.<venue or router>.<symbol>.<kind>``, ``command.all.cancel_all``, ``command.all.timer``
REPORT    ``fill.<venue>.<symbol>.<kind>``, ``order.<venue>.<symbol>.<kind>``
========  =================================================================================================

Other topics are yours, with records of a kind from 128 whose ``instrument`` is ``bus.topic(name)``.

Where a subscription that may be lapped missed something, one record stands for it, with the last lost ``sequence`` and
``instrument`` 2**32 - 1. An EVENT, COMMAND or REPORT has the first lost sequence in ``order_id`` and how many in
``qty``, a BAR in ``open_ns`` and ``volume`` (its prices are NaN); ``kind`` is 11 of an EVENT or BAR, 127 of the others.
What happens to the bus itself is on ``control.bus``.
"""

from __future__ import annotations

import asyncio
import atexit
import sys
import weakref
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from quantum import _core
from quantum.errors import ConfigError, EngineError

__all__ = ["Bus", "SharedBus", "stream"]

_open: weakref.WeakSet[Any] = weakref.WeakSet()


def _needs_linux() -> None:
    if sys.platform != "linux":
        raise ConfigError(f"a shared bus needs Linux's locks and memory, this is {sys.platform}")


class _Threads(Protocol):
    """What a bus of the core does for the mixin below."""

    def handler_address(self, pattern: str, address: int, data: int, dtype: npt.DTypeLike | None) -> None: ...
    def handler_callable(self, pattern: str, call: Any, dtype: npt.DTypeLike | None) -> None: ...
    def close(self) -> None: ...


class _Managed:
    """What a bus in either memory does in Python."""

    def handler(
        self: _Threads,
        pattern: str,
        call: Callable[[np.void], object] | Any,
        *,
        data: int = 0,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        """Calls ``call`` for each matching record, on a thread of the bus, eight handlers of a dtype to a thread.

        A Python callable gets one record at a time: about two microseconds each, with the GIL; for more, iterate over
        ``subscribe(...).batches()``. Compiled code runs without the GIL: an object with an ``address`` (such as a
        ``numba.cfunc``) or an int, of a function ``int32_t handler(const Event *event, void *data)`` (or
        ``const Bar *`` and so on, as ``dtype`` says), called with the address ``data``. An exception, or a result other
        than 0, takes the handler out: its traceback is in ``metrics()["handlers"]``, the others go on. Raises
        ConfigError for a bad pattern, dtype or address.
        """
        _open.add(self)
        address = call if isinstance(call, int) else getattr(call, "address", None)
        if address is not None:
            self.handler_address(pattern, address, data, dtype)
        elif callable(call):
            self.handler_callable(pattern, call, dtype)
        else:
            raise ConfigError(f"a handler must be callable, have an address or be one, not {type(call).__name__}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self: _Threads, *_: object) -> None:
        self.close()


class Bus(_Managed, _core.Bus):
    """Publishers and subscriptions that find each other by topic.

    ``capacity`` is the slots of each publisher's ring, a power of two; ``wait`` is how subscriptions wait
    (``busy_spin``, ``spin_hint``, ``yield``, ``adaptive``, ``block``); ``timeout`` is how many seconds a publication
    may wait for a slow subscription. Raises ConfigError where one of them makes no sense. Where more subscriptions
    spin than there are cores, the one too many warns (RuntimeWarning), once per bus.
    """

    @staticmethod
    def shared(name: str, capacity: int | None = None, *, wait: str = "adaptive", timeout: float = 10.0) -> SharedBus:
        """A bus that other processes of this machine and user open by the same name; see :class:`SharedBus`."""
        _needs_linux()
        return SharedBus(name, capacity, wait=wait, timeout=timeout)

    @staticmethod
    def unlink(name: str) -> bool:
        """Takes a shared bus's name away; says whether there was one.

        Processes that have it open keep it; the next one to open the name makes a new bus. Raises ConfigError for a
        name that cannot be one, EngineError where the system refuses.
        """
        _needs_linux()
        return _core.unlink_shared_bus(name)


if sys.platform == "linux":

    class SharedBus(_Managed, _core.SharedBus):
        """Publishers and subscriptions of several processes of one user that find each other by topic.

        Whoever opens ``name`` first makes the bus, a mapping in memory with rings of ``capacity`` slots (65,536
        unless told); the others attach, and ``capacity`` must be the same or left out. It stays until
        ``Bus.unlink(name)``, also when every process is gone. ``wait`` and ``timeout`` are this process's, as in
        ``Bus``.

        Publishers, subscriptions and handlers are those of ``Bus``, of every dtype; what a topic of yours carries is
        the same in all processes; handlers run on threads of this process and stop with ``close()``. Policy
        ``conflate`` begins with what is published after ``subscribe`` returns and leaves ``control.bus`` out; while it
        is used, a publisher has at most 16,384 topics, and a record of one more is a DataError. A process that dies
        holds nobody: its notice is on ``control.bus`` (``order_id`` 103 a publisher, which published ``price`` events
        and had taken on ``qty`` more; 104 a subscription) and counted in ``metrics()``. After ``os.fork`` the child
        opens the bus again.

        Raises ConfigError for a name, capacity or option that makes no sense or is not the bus's, DataError if what has
        the name is no bus of this user and version, EngineError where the system has no memory for it.
        """

        def __init__(self, *_: object, **__: object) -> None:
            _open.add(self)


@atexit.register
def _close_all() -> None:
    """Stops threads that call Python, and leaves shared buses in order, before the interpreter goes."""
    for bus in list(_open):
        bus.close()


async def stream(
    subscription: _core.Subscription, *, batch: int = 1024, poll: float = 0.001
) -> AsyncIterator[npt.NDArray[np.void]]:
    """Batches of a subscription in an asyncio task: one wake-up of the loop per burst.

    Yields arrays ``(n,)`` of the subscription's dtype, ``1 <= n <= batch``. Where the system has no
    eventfd, looks every ``poll`` seconds.
    """
    loop = asyncio.get_running_loop()
    try:
        descriptor = subscription.fileno()
    except EngineError:
        descriptor = -1
    burst = asyncio.Event()
    if descriptor >= 0:
        loop.add_reader(descriptor, burst.set)
    try:
        while True:
            records = subscription.poll(batch)
            if len(records):
                yield records
                continue
            burst.clear()
            if descriptor < 0:
                await asyncio.sleep(poll)
            elif subscription.arm():
                await asyncio.sleep(0)
            else:
                await burst.wait()
    finally:
        if descriptor >= 0:
            loop.remove_reader(descriptor)
