"""Run the benchmarks: `python -m benchmarks [name …]`, one line `name: value unit` per figure.

A benchmark is a module of this package with `FIGURES: tuple[str, ...]` (the names it prints)
and `run() -> Iterator[Figure]`. A name given on the command line is a module's or a figure's.
"""

import importlib
import pkgutil
import sys

import benchmarks


def main(wanted: list[str]) -> int:
    ran = 0
    for found in sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__)):
        if found.startswith("_"):
            continue
        module = importlib.import_module(f"benchmarks.{found}")
        names = {found, *getattr(module, "FIGURES", ())}
        if not hasattr(module, "FIGURES") or (wanted and not names.intersection(wanted)):
            continue
        ran += 1
        for figure in module.run():
            print(figure, flush=True)
    if not ran:
        print(f"no benchmark is named {' '.join(wanted)}", file=sys.stderr)
    return 0 if ran else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
