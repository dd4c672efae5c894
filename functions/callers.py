"""Who calls: a device by its own token, an operator by their provider's; and what they may see."""

from __future__ import annotations

from collections.abc import Mapping

from functions.problems import ProblemError
from functions.registry.registry import Registry
from schemas.registrations import Device, Role
from schemas.registry_rows import operator_id
from security.device_tokens import DeviceToken, TokenError, TokenTimeError, verify_device_token
from security.operators import (
    Operator,
    OperatorTokenError,
    OperatorVerifier,
    ProviderUnavailableError,
)

_READERS = (Role.OPERATOR, Role.VIEWER)


class Callers:
    """Checks the bearer tokens of requests.

    Args:
      operators: None where this function serves no operators.
    """

    def __init__(self, registry: Registry, audience: str, operators: OperatorVerifier | None):
        self._registry, self._audience, self._operators = registry, audience, operators

    def device(self, headers: Mapping[str, str]) -> DeviceToken:
        """The device whose good token the request carries.

        Raises:
          ProblemError: 401.
          RegistryUnavailableError: nobody can say.
        """
        try:
            return self._device(bearer_of(headers))
        except TokenError as error:
            raise refused(error) from None

    def operator(self, headers: Mapping[str, str]) -> Operator:
        """The operator whose good token the request carries.

        Raises:
          ProblemError: 401, or 503 while the provider's keys cannot be had.
        """
        return self._operator(bearer_of(headers))

    def device_or_operator(self, headers: Mapping[str, str]) -> Device | Operator:
        """Either; raises as both."""
        token = bearer_of(headers)
        try:
            return self._device(token).device
        except TokenTimeError as error:
            raise refused(error) from None
        except TokenError:
            return self._operator(token)

    def may_read(self, caller: Device | Operator, tenant: str, device: str) -> bool:
        """Whether the caller may see a device of a tenant, and its sessions."""
        if isinstance(caller, Device):
            return caller.device == device and caller.tenant == tenant
        return self.has_role(caller, tenant, *_READERS)

    def may_change(self, caller: Device | Operator, tenant: str, device: str) -> bool:
        """Whether the caller may change a device of a tenant."""
        if isinstance(caller, Device):
            return self.may_read(caller, tenant, device)
        return self.has_role(caller, tenant, Role.OPERATOR)

    def has_role(self, operator: Operator, tenant: str, *roles: Role) -> bool:
        """Whether the operator has one of the roles in the tenant."""
        return self._registry.role(tenant, operator_id_of(operator)) in roles

    def _device(self, token: str) -> DeviceToken:
        now_s = self._registry.now_ns() / 1e9
        return verify_device_token(token, self._registry.device, self._audience, now_s)

    def _operator(self, token: str) -> Operator:
        if self._operators is None:
            raise refused(OperatorTokenError())
        try:
            return self._operators.verify(token)
        except OperatorTokenError as error:
            raise refused(error) from None
        except ProviderUnavailableError as error:
            raise ProblemError(503, "unavailable", str(error), retry_after_s=10) from error


def operator_id_of(operator: Operator) -> str:
    """The operator as the registry knows them."""
    return operator_id(operator.issuer, operator.subject)


def bearer_of(headers: Mapping[str, str]) -> str:
    """The token of the Authorization header.

    Args:
      headers: by their names in lower case.

    Raises:
      ProblemError: 401, there is none.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        detail = "there is no Authorization header of the form: Bearer TOKEN"
        raise ProblemError(401, "unauthorized", detail, field="authorization")
    return token.strip()


def refused(error: Exception) -> ProblemError:
    """The answer to a token that does not count."""
    return ProblemError(401, "unauthorized", str(error), field="authorization")
