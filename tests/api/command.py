"""The command line as a person or a script meets it: real processes, their output, their exit codes."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SECONDS = 120


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its data, from --json."""
        return json.loads(self.out)


def environment(**settings: str) -> dict[str, str]:
    """An environment without anybody's settings but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JINPAI_")}
    return {**kept, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT), **settings}


def jinpai(*args: object, typed: str = "", **settings: str) -> Ended:
    """Run `jinpai` with arguments and something on stdin, nobody at the keyboard."""
    ended = subprocess.run(
        [sys.executable, "-m", "api.cli", *map(str, args)],
        cwd=ROOT,
        env=environment(**settings),
        input=typed,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@dataclass
class Served:
    """A server process and where it serves."""

    process: subprocess.Popen[str]
    url: str


@contextmanager
def serving(*args: object, **settings: str) -> Iterator[Served]:
    """A server that runs until the block ends."""
    with subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve", *map(str, args)],
        cwd=ROOT,
        env=environment(**settings),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        seen = []
        try:
            for line in process.stderr:
                seen.append(line)
                if said := re.search(r"serves (http://\S+)", line):
                    yield Served(process, said[1])
                    break
            else:
                raise AssertionError("".join(seen))
        finally:
            process.kill()


def a_district(folder: Path) -> Path:
    """An embedded district with a street, a community, two lanes, a steward, staff and rules in force."""
    data = folder / "district"
    sheets = {
        "places": (
            "街道编号,街道名称,社区编号,社区名称,小巷编号,小巷名称,长度（米）,宽度（米）,启用日期,停用日期",
            "110101006,东四街道,,,,,,,2015-04-01,",
            "110101006,东四街道,110101006-01,二条社区,,,,,2015-04-01,",
            "110101006,东四街道,110101006-01,二条社区,110101006-001,东四四条,340,6,2015-04-01,",
            "110101006,东四街道,110101006-01,二条社区,110101006-002,东四五条,310,6,2015-04-01,",
        ),
        "stewards": (
            "管家编号,姓名,社区编号,加入日期,电话,负责小巷,状态,离开日期,公开同意",
            "0060001,赵示例1,110101006-01,2018-05-03,000-0000-0001,110101006-001、110101006-002,在岗,,",
        ),
        "staff": ("登录名,姓名,角色,管辖编号", "dongsi01,钱样本1,街道管理员,110101006"),
    }
    for command in (("migrate",), ("rules", "publish", "points/programmes/dongcheng.json", "--yes")):
        ended = jinpai(*command, "--data", data)
        assert ended.code == 0, ended.err
    for kind, lines in sheets.items():
        sheet = folder / f"{kind}.csv"
        sheet.write_text("\n".join(lines), encoding="utf-8-sig")
        ended = jinpai("import", kind, sheet, "--data", data)
        assert ended.code == 0, ended.err
    return data


def cases_sheet(path: Path, *rows: str) -> Path:
    """A .csv of cases in the template's columns: number, time, category, lane, outcome."""
    header = "案件编号,上报时间,类别,小巷编号,处置结果"
    path.write_text("\n".join((header, *rows)), encoding="utf-8-sig")
    return path
