"""Networks of operators that only have a category: what blocks are inferred from."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.ir.graph import Builder, Graph, Ref

CATEGORIES = ("conv", "dense", "norm", "activation", "pool", "elementwise", "shape", "other")


@dataclass(frozen=True)
class Toy:
    """Takes any attributes and any inputs."""

    texts: tuple[tuple[str, str], ...] = ()
    outputs = 1

    def attributes(self):
        return dict(self.texts)

    def infer(self, inputs):
        return (inputs[0],)


TOYS = {category: type(f"Toy{category}", (Toy,), {"name": category, "category": category}) for category in CATEGORIES}


def make(name, **attributes):
    return TOYS[name](tuple((key, str(value)) for key, value in attributes.items()))


class Net:
    """Writes a network; names are made of a prefix and a count, or of a count alone."""

    def __init__(self, *, named: bool = True) -> None:
        self.builder = Builder(make)
        self.named = named
        self.count = 0
        self.data = self.builder.input("data", None)

    def op(self, category: str, *inputs: Ref, prefix: str = "net", **attributes) -> Ref:
        self.count += 1
        name = f"{prefix}_{category}{self.count}" if self.named else f"n{self.count}"
        return self.builder.op(category, *inputs, name=name, **attributes)

    def conv(self, x: Ref, prefix: str = "net", *, relu: bool = True, **attributes) -> Ref:
        x = self.op("norm", self.op("conv", x, prefix=prefix, **attributes), prefix=prefix)
        return self.op("activation", x, prefix=prefix) if relu else x

    def residual(self, x: Ref, prefix: str = "net", *, stride: int = 1) -> Ref:
        y = self.conv(self.conv(x, prefix, stride=stride), prefix, relu=False)
        skip = self.conv(x, prefix, relu=False, stride=stride, kernel=1) if stride > 1 else x
        return self.op("activation", self.op("elementwise", y, skip, prefix=prefix), prefix=prefix)

    def stage(self, x: Ref, number: int, units: int, root: str = "net") -> Ref:
        for unit in range(units):
            x = self.residual(x, f"{root}_stage{number}", stride=2 if unit == 0 and number > 1 else 1)
        return x

    def graph(self, *outputs: Ref) -> Graph:
        return self.builder.graph(outputs)


def resnet(units=(3, 4, 6, 3), *, named: bool = True) -> Graph:
    """A residual network of several stages."""
    net = Net(named=named)
    x = net.op("pool", net.conv(net.data, stride=2), stride=2)
    for number, count in enumerate(units, 1):
        x = net.stage(x, number, count)
    return net.graph(net.op("dense", net.op("shape", net.op("pool", x))))


def ssd(*, named: bool = True) -> Graph:
    """A detector with six taps, each read by two heads of three nodes."""
    net = Net(named=named)
    x = net.op("pool", net.conv(net.data, "ssd", stride=2), prefix="ssd")
    for number, count in enumerate((3, 4, 6), 1):
        x = net.stage(x, number, count, "ssd")
    taps = [x]
    taps.append(net.stage(x, 4, 3, "ssd"))
    for extra in range(4):
        taps.append(net.conv(net.conv(taps[-1], f"ssd_extra{extra}"), f"ssd_extra{extra}", stride=2))
    heads = []
    for kind in ("classes", "boxes"):
        ends = [net.op("shape", net.op("shape", net.op("conv", tap, prefix="ssd"), prefix="ssd"), prefix="ssd") for tap in taps]
        heads.append(net.op("shape", *ends, prefix=f"ssd_{kind}"))
    return net.graph(net.op("other", net.op("other", heads[0], prefix="ssd"), heads[1], prefix="ssd"))


def yolo(*, named: bool = True) -> Graph:
    """A detector of three scales with long skips back into the trunk."""
    net = Net(named=named)
    x, routes = net.conv(net.data, "yolo"), []
    for number, count in enumerate((1, 2, 8, 8, 4), 1):
        x = net.stage(x, number, count, "yolo")
        routes.append(x)
    outputs = []
    for scale in range(3):
        prefix = f"yolo_block{scale}"
        for _ in range(5):
            x = net.conv(x, prefix)
        outputs.append(net.op("shape", net.op("shape", net.op("conv", net.conv(x, prefix), prefix="yolo_out"), prefix="yolo_out"), prefix="yolo_out"))
        if scale < 2:
            x = net.op("shape", net.op("other", net.conv(x, f"yolo_up{scale}"), prefix=f"yolo_up{scale}"), routes[3 - scale], prefix="yolo")
    return net.graph(net.op("shape", *outputs, prefix="yolo"))
