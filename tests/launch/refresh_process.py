"""One process of several that hold the same launch: all its callers meet a 401 at once.

Reads a JSON line {data_dir, launch_id, used} from stdin, says "ready", waits for a second line,
and answers with the distinct access tokens that its callers were given, hashed.
"""

import asyncio
import json
import sys
from pathlib import Path

from app.main import build_parts
from app.settings import Settings
from launch.cookies import hash_secret

CALLERS = 34


async def run(order: dict[str, str]) -> list[str]:
    settings = Settings(data_dir=Path(order["data_dir"]), allow_http=True)
    parts = await build_parts(settings)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    try:
        found = await asyncio.gather(
            *(
                parts.launches.renew_after_401(order["launch_id"], used=order["used"])
                for _ in range(CALLERS)
            )
        )
    finally:
        await parts.close()
    return sorted({hash_secret(tokens.access_token) for tokens in found})


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(run(json.loads(sys.stdin.readline())))) + "\n")
