"""Waits for conditions, and runs coroutines where an event loop may already run."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def wait_until(condition: Callable, seconds: float = 60):
    """The first true value of condition(); raises TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"The condition was not met within {seconds} s.")
        time.sleep(0.02)
    return value


def in_thread(function: Callable, *arguments):
    """function(*arguments) in a new thread: a browser test of this process may have an event loop running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function, *arguments).result()


def run_coroutine(coroutine):
    """The result of a coroutine, whether or not an event loop runs in this thread."""
    return in_thread(asyncio.run, coroutine)
