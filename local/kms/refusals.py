"""What the key service refuses, with the status that Google's gives."""

from __future__ import annotations

import grpc


class KmsRefusal(Exception):  # noqa: N818 - it answers a call, nothing is broken
    """A call that is answered with a status instead of a response."""

    def __init__(self, status: grpc.StatusCode, message: str):
        super().__init__(status, message)
        self.status, self.message = status, message

    def __str__(self) -> str:
        return f"{self.status.name}: {self.message}"


def invalid(message: str) -> KmsRefusal:
    """The request itself is wrong: nothing that the caller does to the key would help."""
    return KmsRefusal(grpc.StatusCode.INVALID_ARGUMENT, message)


def not_ready(message: str) -> KmsRefusal:
    """The request is right, the state of the key is not."""
    return KmsRefusal(grpc.StatusCode.FAILED_PRECONDITION, message)


def not_found(name: str) -> KmsRefusal:
    """There is no such resource."""
    return KmsRefusal(grpc.StatusCode.NOT_FOUND, f"{name} not found.")


def already_exists(name: str) -> KmsRefusal:
    """The name is taken."""
    return KmsRefusal(grpc.StatusCode.ALREADY_EXISTS, f"{name} already exists.")
