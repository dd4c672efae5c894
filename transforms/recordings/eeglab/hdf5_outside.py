"""HDF5 files that lead to other files, which a recording from elsewhere must not do.

A dataset may keep its numbers in any other file (external storage, virtual datasets), and a link
may lead to another HDF5 file: opened without a look, such a file shows as samples whatever the job
may read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import h5py

from transforms.recordings.errors import Reason, RecordingError


def refuse_other_files(path: str) -> None:
    """Looks at everything that links and references of an HDF5 file lead to.

    Raises:
      RecordingError: something in it is stored in another file.
      OSError, RuntimeError, ValueError, KeyError: the file is damaged.
    """
    name = os.path.basename(path)
    with h5py.File(path, "r") as file:
        found: list[h5py.Group | h5py.Dataset] = [file["/"]]
        seen = set[int]()
        while found:
            place = found.pop()
            address = h5py.h5o.get_info(place.id).addr
            if address in seen:
                continue
            seen.add(address)
            if isinstance(place, h5py.Group):
                found += _members(place, name)
            elif isinstance(place, h5py.Dataset):
                if place.external or place.is_virtual:
                    raise _leads_outside(place.name, name)
                found += _referenced(place)


def _members(group: h5py.Group, name: str) -> Iterator[h5py.Group | h5py.Dataset]:
    for key in group:
        link = group.get(key, getlink=True)
        if isinstance(link, h5py.ExternalLink):
            raise _leads_outside(f"{group.name}/{key}", name)
        if isinstance(link, h5py.HardLink):  # what a soft link leads to is met elsewhere
            yield group[key]


def _referenced(dataset: h5py.Dataset) -> Iterator[h5py.Group | h5py.Dataset]:
    """What the cells of a MATLAB array of cells are."""
    if h5py.check_ref_dtype(dataset.dtype) is h5py.Reference and dataset.shape is not None:
        for reference in dataset[()].flat:
            if reference:
                yield dataset.file[reference]


def _leads_outside(place: str | None, name: str) -> RecordingError:
    return RecordingError(
        Reason.BAD_HEADER,
        f"{place or 'a part'} of {name} is stored in another file; expected all of it in this one:"
        " save the dataset anew in EEGLAB",
    )
