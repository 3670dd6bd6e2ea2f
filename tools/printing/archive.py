"""The site as one .zip: unpack it, open `index.html`, read; no server, no network."""

from __future__ import annotations

import shutil
import zipfile
from datetime import datetime
from pathlib import Path

LEFT_OUT = {".buildinfo", ".nojekyll", "objects.inv", ".doctrees"}
FIRST_YEAR_OF_ZIP = datetime(1980, 1, 1)


def put(container: zipfile.ZipFile, name: str, content: bytes, made: datetime, *, compress: bool = True) -> None:
    """Add a file with a fixed date and fixed rights, so that the same content gives the same archive."""
    stamp = max(made.replace(tzinfo=None), FIRST_YEAR_OF_ZIP)
    info = zipfile.ZipInfo(name, date_time=stamp.timetuple()[:6])
    info.external_attr = 0o644 << 16
    info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    container.writestr(info, content)


def make_archive(site: Path, output: Path, made: datetime) -> None:
    """Pack the folder `site` into the file `output`, in one folder that has the name of the file."""
    partial = output.with_suffix(".part")
    with zipfile.ZipFile(partial, "w") as container:
        for path in sorted(site.rglob("*")):
            inside = path.relative_to(site)
            if path.is_file() and not LEFT_OUT & set(inside.parts):
                put(container, f"{output.stem}/{inside.as_posix()}", path.read_bytes(), made)
    shutil.move(partial, output)
