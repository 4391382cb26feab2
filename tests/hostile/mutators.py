"""Seeded changes of files: what makes a hostile one out of a sound one."""

import json
from copy import deepcopy

NUMBERS = (-1, 0, 1, 2, 7, 8, 9, 255, 1 << 16, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 62, (1 << 63) - 1, -(1 << 63), 0xF993FAC8, 0xF993FAC9)
VALUES = (
    None,
    True,
    -1,
    0,
    3,
    99,
    1 << 40,
    10**40,
    1.5,
    float("nan"),
    "",
    "null",
    "split",
    "data",
    "\0",
    "\ud800",
    "é",
    "x" * 2000,
    [],
    {},
    [[]],
    [[0, 0, 0]],
    [0, 0, 0],
    [[[[]]]],
    {"a": {}},
)


def flipped(rng, data):
    """The bytes with a few of them changed, cut, repeated, moved, or with a number set."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        if not data:
            break
        at, size = rng.randrange(len(data)), rng.choice((1, 4, 8, 40))
        kind = rng.randrange(6)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at] = rng.randrange(256)
        elif kind == 2:
            del data[at:]
        elif kind == 3:
            del data[at : at + size]
        elif kind == 4:
            data[at:at] = data[rng.randrange(len(data)) :][:size]
        elif len(data) >= 8:
            at, number = min(at & ~3, len(data) - 8), rng.choice(NUMBERS)
            size = rng.choice((4, 8))
            data[at : at + size] = (number % (1 << 8 * size)).to_bytes(size, "little")
    return bytes(data)


def reshaped(rng, value):
    """The JSON value with a few places replaced, removed, repeated or swapped."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        place = value
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = rng.choice(keys)
            if isinstance(place[key], dict | list) and rng.random() < 0.8:
                place = place[key]
                continue
            kind = rng.randrange(4)
            if kind == 0:
                del place[key]
            elif kind == 1:
                place[rng.choice(keys)] = deepcopy(place[key])
            elif isinstance(place, dict) and kind == 2:
                place[str(rng.choice(VALUES))[:20]] = place.pop(key)
            else:
                place[key] = deepcopy(rng.choice(VALUES))
            break
    return json.dumps(value).encode("utf-8", "surrogatepass")
