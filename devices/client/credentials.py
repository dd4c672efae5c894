"""Who the device is, as the registry named it: kept beside its key."""

from __future__ import annotations

import dataclasses
import pathlib

from devices.client.durable_files import read_json, write_json
from devices.client.errors import ClientError

KEY, NEXT_KEY, CREDENTIALS = "key.pem", "next-key.pem", "credentials.json"


@dataclasses.dataclass(frozen=True)
class Credentials:
    """What enrolment gave the device.

    Attributes:
      enrolment_url, sessions_url: of the servers, without the paths of the API.
      audience: for which its tokens are made.
    """

    device: str
    tenant: str
    audience: str
    enrolment_url: str
    sessions_url: str

    def save(self, folder: pathlib.Path) -> None:
        """Writes them down."""
        write_json(folder / CREDENTIALS, dataclasses.asdict(self))

    @classmethod
    def load(cls, folder: pathlib.Path) -> Credentials:
        """Those of a folder.

        Raises:
          ClientError: the device was not enrolled.
        """
        found = read_json(folder / CREDENTIALS)
        if found is None:
            raise ClientError("folder", str(folder), "the folder of an enrolled device")
        return cls(**found)
