"""The files of matter packages: a folder, a zip of one, or a folder of folders."""

import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cases.package_checks import Problem

MAX_FILES = 200
MAX_BYTES = 5 * 1024 * 1024
Files = dict[str, bytes]


def read_folder(path: Path, problems: list[Problem]) -> Iterator[tuple[str, Files]]:
    """Each package found at a path, with its files by relative name."""
    if path.is_file() and zipfile.is_zipfile(path):
        yield path.name, _zip(path, problems)
    elif path.is_dir() and any(path.glob("*.toml")):
        yield path.name, _folder(path, problems)
    elif path.is_dir():
        for inner in sorted(path.iterdir()):
            if inner.is_dir() and not inner.name.startswith(("_", ".")):
                yield from read_folder(inner, problems)
    else:
        problems.append(Problem(str(path), "", "not-found", "no matter package here"))


def _wanted(name: str) -> bool:
    return name.endswith((".toml", ".bpmn", ".json", ".dmn"))


def _folder(path: Path, problems: list[Problem]) -> Files:
    files: Files = {}
    found = sorted(p for p in path.rglob("*") if p.is_file() and _wanted(p.name))
    for file in found[:MAX_FILES]:
        if file.stat().st_size > MAX_BYTES:
            problems.append(Problem(str(file), "", "too-large", "more than 5 MB"))
        else:
            files[file.relative_to(path).as_posix()] = file.read_bytes()
    return files


def _zip(path: Path, problems: list[Problem]) -> Files:
    files: Files = {}
    with zipfile.ZipFile(path) as archive:
        infos = [i for i in archive.infolist() if not i.is_dir() and _wanted(i.filename)]
        total = sum(i.file_size for i in infos)
        if len(infos) > MAX_FILES or total > 4 * MAX_BYTES:
            problems.append(Problem(path.name, "", "too-large", "archive too large"))
            return files
        for info in infos:
            # members are only read into memory: no path of theirs is ever written to
            parts = PurePosixPath(info.filename).parts
            with archive.open(info) as member:
                files["/".join(parts)] = member.read(MAX_BYTES + 1)[:MAX_BYTES]
    roots = {name.split("/")[0] for name in files}
    if len(roots) == 1 and not any(name in files for name in ("matter.toml", "process.bpmn")):
        files = {name.split("/", 1)[1]: data for name, data in files.items() if "/" in name}
    return files
